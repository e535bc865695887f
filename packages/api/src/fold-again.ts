import { z } from 'zod';
import { paths } from './paths.js';
import { sessionId } from './values.js';

/** A session's row folded from its stream again. */
export const foldedAgainAnswer = z.strictObject({
  sessionId,
  /** The newest event that was folded. */
  revision: z.int().min(0),
  /** Columns of the row that were not what the stream says; empty where all was right. */
  changed: z.array(z.string()),
});
export type FoldedAgainAnswer = z.infer<typeof foldedAgainAnswer>;

export const foldAgainPath = (id: string): string => paths.foldAgain.replace(':id', id);
