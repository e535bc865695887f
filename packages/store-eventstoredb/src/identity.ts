import { NO_STREAM, StoreError } from '@lapse/store';
import type { Appender } from './append/appender.js';
import type { Names } from './names.js';
import type { StreamReader } from './read/streams.js';

const MARKER_TYPE = 'store-identity';
const NO_BYTES = new Uint8Array(0);
const VERSION_AND_VARIANT = { 12: '4', 16: '8' } as const;

/**
 * A name for the log: the id of one event in a stream of its own, written by whoever asks first. It goes with the log into
 * every copy of it, as its events do.
 */
export const identityOf = async (
  names: Names,
  streams: StreamReader,
  appender: Appender,
  random: () => number,
): Promise<string> => {
  const known = await readMarker(names, streams);
  if (known !== undefined) return known;
  const event = {
    id: randomUuid(random),
    type: MARKER_TYPE,
    contentType: 'application/json',
    data: NO_BYTES,
    metadata: NO_BYTES,
  } as const;
  const result = await appender.append(names.marker, [event], NO_STREAM);
  if (result.kind === 'appended') return event.id;
  const others = await readMarker(names, streams);
  if (others !== undefined) return others;
  throw new StoreError('store-unavailable', `the stream ${names.marker} was emptied: the log has lost its identity`);
};

const readMarker = async (names: Names, streams: StreamReader): Promise<string | undefined> =>
  (await streams.events(names.marker, { from: 'start', direction: 'forwards', count: 1 }))?.[0]?.id;

const randomUuid = (random: () => number): string => {
  const digits = Array.from({ length: 32 }, (_, i) =>
    i === 12 || i === 16 ? VERSION_AND_VARIANT[i] : Math.floor(random() * 16).toString(16),
  ).join('');
  return [8, 12, 16, 20, 32].map((end, i, ends) => digits.slice(ends[i - 1] ?? 0, end)).join('-');
};
