import { formatInstant, type SessionClose } from '@lapse/domain';
import type { CloseAnswer } from '@lapse/api';

export const closeAnswer = (close: SessionClose): CloseAnswer => ({
  reason: close.reason,
  at: formatInstant(close.atMs),
  revision: close.revision,
  closedBy: close.closedBy ?? null,
  sourceReason: close.sourceReason ?? null,
  proof: close.proof ?? null,
});
