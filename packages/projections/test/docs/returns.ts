import { KIND_OPENED } from '@lapse/domain';
import type { Projector } from '../../src/index.js';

export type ReturnsRow = { opened: number; returned: number };

/** `returns`: how many of a merchant's sessions go on from one that had closed. */
export const returns: Projector<ReturnsRow> = {
  name: 'returns',
  version: 1,
  reads: ['session'],
  kinds: [KIND_OPENED],
  keysOf: ({ before, event }) =>
    event?.type === 'opened' && before?.status === 'missing' ? [event.data.merchantId] : [],
  start: () => ({ opened: 0, returned: 0 }),
  apply: (row, { event }) => {
    row.opened++;
    if (event?.type === 'opened' && event.data.previousSessionId !== undefined) row.returned++;
    return row;
  },
};
