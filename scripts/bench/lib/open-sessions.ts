import {
  derivedEventId,
  derivedUlid,
  encodeEvent,
  pinOf,
  standardPolicy,
  streamNames,
  type EncodedEvent,
} from '@lapse/domain';
import { engineConfig, openEngine, type Engine } from '@lapse/engine';
import { NO_STREAM } from '@lapse/store';

const names = streamNames();
const APPENDS_IN_FLIGHT = 2_000;

const setTimer = (delayMs: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** An engine on the real clock, as `lapse serve` runs one. */
export const openBenchEngine = (dataDir: string, sweeps: boolean): Promise<Engine> =>
  openEngine({ config: engineConfig.parse({ dataDir }), nowMs: Date.now, random: Math.random, setTimer, sweeps });

/** Opens `count` sessions straight in the store; `openedAtMs` of each. */
export const openSessions = async (engine: Engine, count: number, openedAtMs: (i: number) => number): Promise<void> => {
  for (let from = 0; from < count; from += APPENDS_IN_FLIGHT) {
    const portion = Math.min(APPENDS_IN_FLIGHT, count - from);
    await Promise.all(
      Array.from({ length: portion }, (_, i) => {
        const [stream, events] = opening(from + i, openedAtMs(from + i));
        return engine.store.append(stream, events, NO_STREAM);
      }),
    );
  }
};

const opening = (i: number, atMs: number): [string, EncodedEvent[]] => {
  const stream = names.session(derivedUlid(atMs, 'bench', String(i)));
  const merchantId = `m${i % 500}`;
  const version = { ...standardPolicy(), version: 1, merchantRevision: 0, data: undefined };
  const data = { merchantId, openedBy: 'buyer', buyerId: `b${i}` } as const;
  return [
    stream,
    [
      encodeEvent(derivedEventId('opened', stream), { type: 'opened', occurredAtMs: atMs, data }),
      encodeEvent(derivedEventId('pin', stream), {
        type: 'config-version',
        occurredAtMs: atMs,
        data: pinOf(merchantId, version),
      }),
    ],
  ];
};
