import { expect, it } from '@jest/globals';
import { ChatServices, judgeLog, Requests, type Told } from '@lapse/simulation';
import type { RecordedEvent } from '@lapse/store';
import { engineConfig, openEngine } from '@lapse/engine';
import { wholeLog } from '../../src/world/log-world.js';
import * as real from './lib/real.js';

/** A judge that never finds anything would make every test beside this one pass. */

const START_MS = Date.parse('2026-03-01T10:00:00Z');
const sessionId = '01HQ0000000000000000000001';
const stream = `session-${sessionId}`;
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Opened, its config, an agent's message, and the close that follows from them. */
const goodLog = async (): Promise<readonly RecordedEvent[]> => {
  const tools = real.realTools(1);
  let nowMs = START_MS;
  const config = engineConfig.parse({ dataDir: real.tempFolder(), closeGraceMs: 0 });
  const engine = await openEngine({ ...tools, config, nowMs: () => nowMs, sweeps: false });
  try {
    const data = { merchantId: 'm1', openedBy: 'buyer' } as const;
    await engine.commands.openSession({ sessionId, eventId: id(1), data, occurredAtMs: nowMs });
    const message = { id: id(2), type: 'message-from-agent' as const, data: { automated: false } };
    await engine.commands.append({ sessionId, events: [message], onClosed: 'refuse' });
    nowMs += 3_600_000;
    await engine.commands.append({ sessionId, events: [{ ...message, id: id(3) }], onClosed: 'refuse' });
    return await wholeLog(engine.store);
  } finally {
    await engine.close();
    await real.cleanUp();
  }
};

/** Told of both events, and of the close. */
const told = (): Told => {
  const services = new ChatServices(new Requests(Date.now, Math.random), real.realTools(1));
  services.ledger.acknowledge([{ id: id(1), stream, revision: 0 }]);
  services.ledger.acknowledge([{ id: id(2), stream, revision: 2 }]);
  services.ledger.refuse([id(3)], 'session-closed');
  services.toldClosed.add(sessionId);
  return services;
};

const encoded = (event: RecordedEvent, change: object): RecordedEvent => ({
  ...event,
  data: Buffer.from(JSON.stringify({ ...(JSON.parse(Buffer.from(event.data).toString()) as object), ...change })),
});

it('finds nothing wrong with a log that is right, and every fault in one that is not', async () => {
  const log = await goodLog();
  const settledMs = START_MS + 7_200_000;
  const promises = (changed: readonly RecordedEvent[], of: Told = told()): readonly string[] =>
    judgeLog(changed, of, { settings: real.SETTINGS, settledMs }).map(({ promise }) => promise);
  expect(log.map(({ type }) => type)).toEqual([
    'config-version',
    'opened',
    'config-version',
    'message-from-agent',
    'closed',
  ]);
  const [version, opened, pin, message, closed] = log as [
    RecordedEvent,
    RecordedEvent,
    RecordedEvent,
    RecordedEvent,
    RecordedEvent,
  ];
  const again = (event: RecordedEvent): RecordedEvent => ({ ...event, position: '6' as never, revision: 4 });

  expect(promises(log)).toEqual([]);
  // An acknowledged message is lost, or stands elsewhere.
  expect(promises([version, opened, pin])).toContain('acknowledged-once');
  expect(promises([version, opened, pin, { ...message, id: id(9) }, closed])).toContain('acknowledged-once');
  // A close is missing, wrong, doubled, or was told and never written.
  expect(promises(log.slice(0, 4))).toEqual(expect.arrayContaining(['close-missing', 'told-closed']));
  const later = encoded(closed, { occurredAt: new Date(START_MS + 1_201_000).toISOString() });
  expect(promises([version, opened, pin, message, later])).toContain('close-right');
  expect(promises([...log, again(closed)])).toEqual(expect.arrayContaining(['one-close', 'ids-unique']));
  // What was refused was written; a position or a revision is skipped; an answer was none of those that are right.
  expect(promises([...log, { ...again(message), id: id(3) }])).toEqual(
    expect.arrayContaining(['refused-nowhere', 'close-last']),
  );
  expect(promises([version, opened, pin, closed])).toContain('positions-whole');
  expect(promises(log, { ...told(), odd: ['500 internal-error'], ledger: told().ledger })).toContain('answered-right');
  // A pin that is no copy of the version in force.
  expect(promises([version, opened, encoded(pin, { buyerReplyMinutes: 21 }), message, closed])).toContain('pin-right');
});
