import { afterAll, describe, expect, it } from '@jest/globals';
import type { EventToSend } from '@lapse/commands';
import { ulidTimeMs } from '@lapse/domain';
import type { Engine } from '../src/index.js';
import * as w from './lib/world.js';

afterAll(w.cleanUp);

const SEED = Number(process.env['LAPSE_SEED'] ?? 75);
const DAY_MS = 24 * w.HOUR_MS;
const SESSIONS = 30;
const COMMANDS = 400;

interface Command {
  readonly atMs: number;
  readonly session: number;
  readonly id: string;
  readonly type: EventToSend['type'] | 'open';
  readonly occurredAtMs: number;
  readonly automated: boolean;
  readonly onClosed: 'refuse' | 'open-new';
}

/** Two days of commands, among them late ones, early ones, ones at a deadline's very instant and ones on closed sessions. */
const randomCommands = (): readonly Command[] => {
  const random = w.seededRandom(SEED);
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const commands: Command[] = [];
  let atMs = w.T0;
  for (let i = 0; i < COMMANDS; i++) {
    atMs += pick(0, 1, w.SECOND_MS, w.MINUTE_MS, 5 * w.MINUTE_MS, 20 * w.MINUTE_MS, Math.floor(random() * 1_200_000));
    const session = Math.floor(random() * SESSIONS);
    const isOpening = !commands.some((command) => command.session === session);
    commands.push({
      atMs,
      session,
      id: w.eventId(i + 1),
      type: isOpening
        ? 'open'
        : pick(
            'message-from-buyer',
            'message-from-buyer',
            'message-from-agent',
            'message-from-agent',
            'queued',
            'closed',
          ),
      occurredAtMs: atMs - pick(0, 0, 0, w.SECOND_MS, w.GRACE_MS, 10 * w.MINUTE_MS),
      automated: random() < 0.2,
      onClosed: pick('refuse', 'open-new'),
    });
  }
  return commands;
};

const run = async (engine: Engine, { session, id, type, occurredAtMs, automated, onClosed }: Command) => {
  const sessionId = w.sessionId(session);
  if (type === 'open') {
    const data = { merchantId: `m${session % 3}`, openedBy: 'buyer' } as const;
    await engine.commands.openSession({ sessionId, eventId: id, occurredAtMs, data });
    return;
  }
  const data = type === 'message-from-agent' ? { automated } : type === 'closed' ? { reason: 'by-agent' } : {};
  const event = { type, id, occurredAtMs, data } as EventToSend;
  await engine.commands.append({ sessionId, events: [event], onClosed });
};

/** Plays the commands at their instants, and a sweep at every multiple of its interval in between, until all is closed. */
const played = async (commands: readonly Command[], sweepIntervalMs: number, engines: 1 | 2) => {
  const clock = { nowMs: w.T0 };
  const engine = await w.newEngine(w.tempFolder(), clock);
  const others = engines === 2 ? [await w.secondEngine(engine, clock)] : [];
  const all = [engine, ...others];
  await w.live(engine.store, ...all);
  let closes = 0;
  const sweepUntil = async (untilMs: number): Promise<void> => {
    const first = Math.floor(clock.nowMs / sweepIntervalMs + 1) * sweepIntervalMs;
    for (let atMs = first; atMs <= untilMs; atMs += sweepIntervalMs) {
      clock.nowMs = atMs;
      await Promise.all(all.map(({ timeouts }) => timeouts.tick(atMs)));
      const closed = engine.timeouts.metrics.closedCount + engine.timeouts.metrics.lostRaces;
      if (closed !== closes) await w.live(engine.store, ...all);
      closes = closed;
    }
    clock.nowMs = untilMs;
  };
  for (const command of commands) {
    await sweepUntil(command.atMs);
    await run(engine, command);
    await w.live(engine.store, ...all);
  }
  await sweepUntil(clock.nowMs + DAY_MS + w.HOUR_MS);
  await sweepUntil(clock.nowMs + sweepIntervalMs);
  expect(engine.timeouts.status().pending).toBe(0);
  const log = await w.logOf(engine.store);
  const closedBySweep = all.reduce((sum, { timeouts }) => sum + timeouts.metrics.closedCount, 0);
  for (const one of [...others, engine]) await one.close();
  return { log: new Map([...log].sort(([a], [b]) => (a < b ? -1 : 1))), closedBySweep };
};

const closesIn = (stream: readonly string[]): number => stream.filter((line) => line.includes('"closed"')).length;

describe('the same commands at the same instants', () => {
  it(`give the same streams with a sweep every second, every 5 minutes, every day, and by two engines (seed ${SEED})`, async () => {
    const commands = randomCommands();
    const bySecond = await played(commands, w.SECOND_MS, 1);
    const byFiveMinutes = await played(commands, 5 * w.MINUTE_MS, 1);
    const byDay = await played(commands, DAY_MS, 1);
    const byTwo = await played(commands, w.SECOND_MS, 2);
    expect(byFiveMinutes.log).toEqual(bySecond.log);
    expect(byDay.log).toEqual(bySecond.log);
    expect(byTwo.log).toEqual(bySecond.log);
    // It was worth comparing: the sweeps really differed in what they were left to do, and sessions had successors.
    expect(byDay.closedBySweep).toBeLessThan(byFiveMinutes.closedBySweep);
    expect(byFiveMinutes.closedBySweep).toBeLessThanOrEqual(bySecond.closedBySweep);
    const sessions = [...bySecond.log].filter(([stream]) => stream.startsWith('session-'));
    expect(sessions.filter(([stream]) => ulidTimeMs(stream.slice(8)) >= w.T0).length).toBeGreaterThan(SESSIONS);
    for (const [stream, events] of sessions) expect([stream, closesIn(events)]).toEqual([stream, 1]);
  });
});
