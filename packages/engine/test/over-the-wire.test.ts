import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import type { EventToSend } from '@lapse/commands';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Engine } from '../src/index.js';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { T0, MINUTE_MS, GRACE_MS, HOUR_MS } = w;
const SEED = Number(process.env['LAPSE_SEED'] ?? 20);

/** An embedded log, served; nothing in it is closed by the engine that serves it. */
const served = async (clock: w.Clock): Promise<{ server: Engine; connection: string }> => {
  const server = await w.newEngine(w.tempFolder(), clock, { config: { eventstoredbPort: 0 } });
  return { server, connection: `esdb://127.0.0.1:${server.gateway?.address.port}?tls=false` };
};

const overTheWire = (connection: string, clock: w.Clock): Promise<Engine> =>
  w.newEngine(w.tempFolder(), clock, { config: { store: connection } });

/** How often a sweep may look before it has learnt the store's clock from its first close and is through. */
const LOOKS = 3;

const sweep = async (engine: Engine, clock: w.Clock): Promise<void> => {
  for (let look = 0; look < LOOKS; look++) {
    await w.live(engine.store, engine);
    await engine.timeouts.tick(clock.nowMs);
  }
};

/** Each step moves the clock, has everything due closed, and then lets somebody say something. */
const play = async (engine: Engine, clock: w.Clock, sessions: number, steps: number): Promise<void> => {
  const random = w.seededRandom(SEED);
  const opened = new Set<number>();
  let ids = 0;
  for (let step = 0; step < steps; step++) {
    clock.nowMs += Math.floor(random() * 90) * MINUTE_MS;
    await sweep(engine, clock);
    for (let said = 0; said < 8; said++) {
      const number = Math.floor(random() * sessions);
      const what = random();
      const occurredAtMs = clock.nowMs - Math.floor(random() * 3_000);
      if (!opened.has(number)) {
        await w.open(engine.commands, number, clock.nowMs, `m${number % 3}`);
        opened.add(number);
        continue;
      }
      const id = w.eventId((ids += 1));
      const event: EventToSend =
        what < 0.4
          ? { id, type: 'message-from-agent', data: { automated: what < 0.05 }, occurredAtMs }
          : what < 0.75
            ? { id, type: 'message-from-buyer', data: {}, occurredAtMs }
            : { id, type: 'queued', data: {}, occurredAtMs };
      await engine.commands.append({ sessionId: w.sessionId(number), events: [event], onClosed: 'open-new' });
    }
  }
  clock.nowMs += 48 * HOUR_MS;
  await sweep(engine, clock);
};

/** The sessions' streams, successors too: what happened when, without the ids of correlation that are drawn anew. */
const closesOf = async (engine: Engine): Promise<[stream: string, closes: string[], types: string[]][]> => {
  const all = [...(await w.logOf(engine.store))].filter(([stream]) => stream.startsWith('session-'));
  return all
    .map(([stream, lines]): [string, string[], string[]] => [
      stream,
      lines.filter((line) => line.includes('"closed"')),
      lines.map((line) => (JSON.parse(line) as [number, string])[1]),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
};

describe('an engine over gateway and adapter', () => {
  it(`gives the same closes as on the embedded log, byte for byte apart from store time and noticedAt (seed ${SEED})`, async () => {
    const [sessions, steps] = [30, 40];
    const embeddedClock = { nowMs: T0 };
    const embedded = await w.newEngine(w.tempFolder(), embeddedClock);
    await play(embedded, embeddedClock, sessions, steps);
    const clock = { nowMs: T0 };
    const { server, connection } = await served(clock);
    const engine = await overTheWire(connection, clock);
    await play(engine, clock, sessions, steps);
    const expected = await closesOf(embedded);
    expect(expected.flatMap(([, closes]) => closes).length).toBeGreaterThan(sessions);
    expect(await closesOf(engine)).toEqual(expected);
    // What stands in the embedded log is what the wire showed.
    expect(await closesOf(server)).toEqual(expected);
    expect(engine.timeouts.status()).toMatchObject({ pending: 0, state: 'sweeping' });
  });

  it.each(['the engine that serves the log', 'an engine over the wire'])(
    'a bare `opened` from the unmodified official client gets its limits and its timeout from %s',
    async (whose) => {
      const clock = { nowMs: T0 };
      const { server, connection } = await served(clock);
      const engine = whose.startsWith('the') ? server : await overTheWire(connection, clock);
      const client = EventStoreDBClient.connectionString(connection);
      const data = { occurredAt: new Date(T0).toISOString(), merchantId: 'm1', openedBy: 'buyer' };
      const stream = engine.names.session(w.sessionId(1));
      const appended = await client.appendToStream(
        stream,
        jsonEvent({ type: 'opened', data, metadata: { schemaVersion: 1 } }),
        {
          expectedRevision: 'no_stream',
        },
      );
      expect(appended).toMatchObject({ success: true, nextExpectedRevision: 0n });
      await sweep(engine, clock);
      expect(await w.eventsOf(server, 1)).toMatchObject([
        { type: 'opened' },
        { type: 'config-version', occurredAtMs: T0, data: { merchantId: 'm1', version: 1, buyerReplyMinutes: 20 } },
      ]);
      clock.nowMs = T0 + 6 * HOUR_MS + GRACE_MS;
      await sweep(engine, clock);
      expect(await w.closesOf(server, 1)).toEqual([]);
      clock.nowMs += 1;
      await sweep(engine, clock);
      expect(await w.closesOf(server, 1)).toMatchObject([
        {
          occurredAtMs: T0 + 6 * HOUR_MS,
          data: { reason: 'agent-silent', proof: { limitMinutes: 360, configVersion: 1 } },
        },
      ]);
      const types: string[] = [];
      for await (const { event } of client.readStream(stream)) types.push(event?.type ?? '');
      expect(types).toEqual(['opened', 'config-version', 'closed']);
      await client.dispose();
    },
  );
});
