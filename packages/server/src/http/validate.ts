import type { z } from 'zod';
import { COMPLAINTS_MAX } from '@lapse/api';
import { ProblemError } from './problem-error.js';

const NAMES_SHOWN_MAX = 5;
const NAME_CHARS_SHOWN_MAX = 40;

/** The parts of a request as answers name them. */
const partNames: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path' };

type Validated = { value: unknown } | { error: ProblemError };

/** What fastify asks about a request's parts: the parsed value, or a refusal that lists the first complaints. */
export const validate = (schema: z.ZodType, httpPart: string | undefined, value: unknown): Validated => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  return { error: refusal(partNames[httpPart ?? ''] ?? 'request', parsed.error.issues) };
};

const refusal = (part: string, issues: readonly z.core.$ZodIssue[]): ProblemError => {
  const errors = issues.slice(0, COMPLAINTS_MAX).map((issue) => ({ at: placeOf(part, issue), message: textOf(issue) }));
  const isUnknownField = issues[0]?.code === 'unrecognized_keys';
  const index = indexInBatch(part, issues[0]);
  const first = errors[0] ?? { at: part, message: 'is not allowed' };
  return new ProblemError(isUnknownField ? 'unknown-field' : 'bad-value', `${first.at}: ${first.message}.`, {
    errors,
    ...(index === undefined ? {} : { index }),
  });
};

const placeOf = (part: string, issue: z.core.$ZodIssue): string => [part, ...issue.path.map(String)].join('.');

/** Names that a sender made up are cut, so that a refusal is never longer than what it refuses. */
const textOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  const shown = issue.keys.slice(0, NAMES_SHOWN_MAX).map((key) => JSON.stringify(key.slice(0, NAME_CHARS_SHOWN_MAX)));
  const more = issue.keys.length > NAMES_SHOWN_MAX ? ` and ${issue.keys.length - NAMES_SHOWN_MAX} more` : '';
  return `unknown: ${shown.join(', ')}${more}`;
};

const indexInBatch = (part: string, issue: z.core.$ZodIssue | undefined): number | undefined => {
  const [list, index] = issue?.path ?? [];
  return part === 'body' && list === 'events' && typeof index === 'number' ? index : undefined;
};
