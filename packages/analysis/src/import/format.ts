import { firstIssue, instantMs, isActorId } from '@lapse/domain';
import { z } from 'zod';
import { ImportError } from './import-error.js';

/**
 * One line of the normalised format: one event of one conversation, as a source recorded it. Fields that only one source
 * has (its own status, priority, …) are allowed and left alone.
 */
const pseudonym = z.string().refine(isActorId, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ -');
const shared = {
  session: z.string().min(1).max(256),
  seq: z.int().min(0),
  at: instantMs,
};
const optionalPseudonym = pseudonym.nullish().transform((id) => id ?? undefined);
const line = z.discriminatedUnion('type', [
  z.object({
    ...shared,
    type: z.literal('opened'),
    by: z.enum(['buyer', 'agent', 'system']).default('buyer'),
    buyer: optionalPseudonym,
    merchant: pseudonym,
  }),
  z.object({
    ...shared,
    type: z.enum(['message-from-buyer', 'message-from-agent']),
    actor: optionalPseudonym,
    len: z.int().min(0).nullish(),
    automated: z.boolean().default(false),
  }),
  z.object({ ...shared, type: z.literal('queued'), team: z.string().min(1).max(128).nullish() }),
  z.object({ ...shared, type: z.literal('closed'), reason: z.string().min(1).max(64).nullish() }),
]);

export type SourceEvent = z.infer<typeof line>;

/** Parses one line; an {@link ImportError} names the line and what is wrong with it. */
export const parseLine = (text: string, lineNumber: number): SourceEvent => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ImportError('bad-line', `line ${lineNumber} is no JSON: ${shortened(text)}`);
  }
  const parsed = line.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ImportError('bad-line', `line ${lineNumber}: ${firstIssue(parsed.error)}: ${shortened(text)}`);
};

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
