import { isEventType, KIND_UNCERTAIN } from '@lapse/domain';
import type { Projector } from '../projector.js';

export type UnknownTypeRow = { events: number };

/** `unknown-types`: events in our streams whose type Lapse does not know. They change nothing, and are counted (D11). */
export const unknownTypes: Projector<UnknownTypeRow> = {
  name: 'unknown-types',
  version: 1,
  reads: ['session', 'merchant'],
  kinds: [KIND_UNCERTAIN],
  keysOf: (event) => (isEventType(event.type) ? [] : [event.type]),
  start: () => ({ events: 0 }),
  apply: (row) => ({ events: row.events + 1 }),
};
