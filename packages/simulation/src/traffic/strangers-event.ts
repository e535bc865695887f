import type { EventToAppend } from '@lapse/store';
import type { StrangersEvent } from '../world/plan.js';

const utf8 = new TextEncoder();
const BROKEN = '{"occurredAt":';

/** An event as an upstream service writes it straight into the store. */
export const strangersEvent = ({ id, type, data, occurredAtMs, broken, newer }: StrangersEvent): EventToAppend => ({
  id,
  type,
  contentType: 'application/json',
  data: utf8.encode(
    broken === true ? BROKEN : JSON.stringify({ occurredAt: new Date(occurredAtMs).toISOString(), ...data }),
  ),
  metadata: utf8.encode(JSON.stringify({ schemaVersion: newer === true ? 2 : 1 })),
});
