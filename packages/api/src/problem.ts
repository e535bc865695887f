import { z } from 'zod';
import { problemCodes, type ProblemCode } from './problem-codes.js';
import { readyCheck } from './health.js';
import { schemaNames } from './schema-names.js';
import { close } from './session.js';
import { revision } from './values.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';
export const problemType = (code: ProblemCode): string => `urn:lapse:problem:${code}`;

const codes = Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]];

/** What is wrong at one place of a request. */
export const complaint = z.strictObject({
  /** `body`, `query`, `path`, and the way from there: `body.events.3.data.length`. */
  at: z.string(),
  message: z.string(),
});

/** RFC 9457, with a stable `code`. The members behind `correlationId` come only where they say something. */
export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.enum(codes),
    detail: z.string(),
    correlationId: z.string(),
    /** In a batch: the event, from 0, that made the difference. */
    index: z.int().min(0).optional(),
    /** `wrong-revision` */
    actualRevision: z.int().min(-1).optional(),
    /** `session-closed`: the close that stands. */
    close: close.optional(),
    /** `stream-parked`: where the session's stream cannot be read any further, and why. */
    parked: z.strictObject({ revision, why: z.string() }).optional(),
    /** `bad-value`, `unknown-field`: the first complaints. */
    errors: z.array(complaint).optional(),
    /** `not-ready`: what is not. */
    checks: z.array(readyCheck).optional(),
  })
  .register(schemaNames, { id: 'Problem' });
export type Problem = z.infer<typeof problem>;
/** What a refusal may tell beside its code and detail. */
export type ProblemExtras = Pick<Problem, 'index' | 'actualRevision' | 'close' | 'parked' | 'errors' | 'checks'>;
