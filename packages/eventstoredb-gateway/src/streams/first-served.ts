import { NO_STREAM, type EventStore } from '@lapse/store';
import { derivedUuid } from '../ids.js';

const GATEWAY_STREAM = '$gateway';
const FIRST_SERVED_TYPE = '$first-served';

/**
 * Writes the gateway's own first event into a log that no gateway has served before. The log of a node is never without
 * system events, and clients are written for that; here it also tells that foreign clients may have written to this log.
 */
export const markFirstServed = async (store: EventStore, protocolVersion: string): Promise<void> => {
  const event = {
    id: derivedUuid(GATEWAY_STREAM),
    type: FIRST_SERVED_TYPE,
    contentType: 'application/json',
    data: new TextEncoder().encode(JSON.stringify({ protocolVersion })),
    metadata: new Uint8Array(),
  } as const;
  await store.append(GATEWAY_STREAM, [event], NO_STREAM);
};
