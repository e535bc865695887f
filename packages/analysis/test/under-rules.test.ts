import { afterAll, describe, expect, it } from '@jest/globals';
import { importedSessionId } from '@lapse/domain';
import { importAsRecorded, importUnderRules } from '../src/index.js';
import { closingsByTheTable } from './lib/reference.js';
import * as w from './lib/world.js';

afterAll(w.cleanUp);

const { at, fileOf, linesOf, names } = w;
const opened = (time: string, session = 's1') => ({ session, type: 'opened', at: at(time) });
const buyer = (time: string, session = 's1') => ({ session, type: 'message-from-buyer', at: at(time) });
const agent = (time: string, session = 's1') => ({ session, type: 'message-from-agent', at: at(time) });
const robot = (time: string, session = 's1') => ({ ...agent(time, session), automated: true });
const queued = (time: string, session = 's1') => ({ session, type: 'queued', at: at(time) });
const closed = (time: string, session = 's1') => ({ session, type: 'closed', at: at(time), reason: 'served' });

/** `index time reason` of every session that a history of one conversation becomes. */
const endsOf = async (...events: readonly w.Told[]): Promise<string[]> => {
  const { tsv } = await w.playUnderRules(await w.memoryEngine(), fileOf(linesOf(events)));
  return tsv
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, index, time = '', reason] = line.split('\t');
      const day = time.startsWith('2026-03-01') ? '' : time.startsWith('2026-03-02') ? '+' : '++';
      return `${index} ${day}${time.slice(11, 23)} ${reason}`;
    });
};

describe('a history played under the rules', () => {
  it('agent-silent: six hours after the buyer’s last word', async () => {
    expect(await endsOf(opened('10:00'))).toEqual(['0 16:00:00.000 agent-silent']);
    expect(await endsOf(opened('10:00'), buyer('10:30'), buyer('11:00'))).toEqual(['0 17:00:00.000 agent-silent']);
  });

  it('buyer-silent: twenty minutes after the agent’s last word', async () => {
    expect(await endsOf(opened('10:00'), agent('10:01'), agent('10:15'))).toEqual(['0 10:35:00.000 buyer-silent']);
  });

  it('queue-expired: a day after the first entry, whatever the buyer writes', async () => {
    expect(await endsOf(opened('10:00'), queued('10:05'), buyer('15:00'), queued('16:00'))).toEqual([
      '0 +10:05:00.000 queue-expired',
    ]);
  });

  it('after an agent’s answer the queue is entered afresh, and the buyer’s clock is off', async () => {
    expect(await endsOf(opened('10:00'), queued('10:05'), agent('11:00'), queued('11:10'))).toEqual([
      '0 +11:10:00.000 queue-expired',
    ]);
  });

  it('an automated reply moves no clock, and opens no successor', async () => {
    expect(await endsOf(opened('10:00'), robot('10:01'))).toEqual(['0 16:00:00.000 agent-silent']);
    expect(await endsOf(opened('10:00'), agent('10:00'), robot('10:30'))).toEqual(['0 10:20:00.000 buyer-silent']);
  });

  it('the source’s own close stands where it came in time', async () => {
    expect(await endsOf(opened('10:00'), agent('10:01'), closed('10:05'))).toEqual(['0 10:05:00.000 recorded']);
  });

  it('a late close is dropped', async () => {
    expect(await endsOf(opened('10:00'), agent('10:00'), closed('10:20:00.001'))).toEqual([
      '0 10:20:00.000 buyer-silent',
    ]);
  });

  it('an event at the very deadline is in time (D1)', async () => {
    expect(await endsOf(opened('10:00'), agent('10:00'), buyer('10:20'))).toEqual(['0 16:20:00.000 agent-silent']);
    expect(await endsOf(opened('10:00'), agent('10:00'), closed('10:20'))).toEqual(['0 10:20:00.000 recorded']);
    expect(await endsOf(opened('10:00'), agent('16:00'))).toEqual(['0 16:20:00.000 buyer-silent']);
  });

  it('an event after it opens the successor at that instant, which lapses in its turn', async () => {
    expect(await endsOf(opened('10:00'), agent('10:00'), buyer('10:20:00.001'))).toEqual([
      '0 10:20:00.000 buyer-silent',
      '1 16:20:00.001 agent-silent',
    ]);
    expect(await endsOf(opened('10:00'), agent('10:00'), agent('11:00'), agent('12:00'), closed('12:01'))).toEqual([
      '0 10:20:00.000 buyer-silent',
      '1 11:20:00.000 buyer-silent',
      '2 12:01:00.000 recorded',
    ]);
  });

  it('a late queued opens a successor that is queued', async () => {
    expect(await endsOf(opened('10:00'), agent('10:00'), queued('10:30'))).toEqual([
      '0 10:20:00.000 buyer-silent',
      '1 +10:30:00.000 queue-expired',
    ]);
  });

  it('a message after the source’s own close opens a successor too; a second close does nothing', async () => {
    expect(await endsOf(opened('10:00'), closed('10:05'), closed('10:06'), buyer('10:07'))).toEqual([
      '0 10:05:00.000 recorded',
      '1 16:07:00.000 agent-silent',
    ]);
  });

  it('the successor knows whom it follows, and opens at the event that opened it', async () => {
    const engine = await w.memoryEngine();
    const file = fileOf(linesOf([opened('10:00'), agent('10:00'), buyer('10:30')]));
    const { played } = await w.playUnderRules(engine, file);
    const [first = '', second = ''] = played[0]?.sessionIds ?? [];
    expect(first).toBe(importedSessionId('test', 's1', Date.parse(at('10:00'))));
    const [opening, pin, message] = await w.eventsOf(engine.store, second);
    expect(opening).toMatchObject({
      type: 'opened',
      occurredAtMs: Date.parse(at('10:30')),
      data: { previousSessionId: first, externalId: 's1', merchantId: 'm1' },
    });
    expect(pin).toMatchObject({ type: 'config-version', data: { policy: 'standard', buyerReplyMinutes: 20 } });
    expect(message).toMatchObject({ type: 'message-from-buyer', occurredAtMs: Date.parse(at('10:30')) });
  });

  it('all conversations share one clock, in whatever order the file holds them', async () => {
    const file = fileOf(
      linesOf([opened('12:00', 'late'), agent('12:00', 'late'), opened('10:00', 'early'), agent('10:01', 'early')]),
    );
    const { tsv, summary } = await w.playUnderRules(await w.memoryEngine(), file);
    expect(tsv).toBe(
      'early\t0\t2026-03-01T10:21:00.000Z\tbuyer-silent\nlate\t0\t2026-03-01T12:20:00.000Z\tbuyer-silent\n',
    );
    expect(summary).toEqual({ sessions: 2, sourceSessions: 2, successors: 0, closed: { 'buyer-silent': 2 } });
  });

  it('lines are sorted by the session’s bytes, then by the index as a number', async () => {
    const many = Array.from({ length: 12 }, (_, i) => agent(`${10 + i}:00`, 's'));
    const file = fileOf(
      linesOf([
        opened('10:00', 's'),
        ...many,
        opened('10:00', 'z'),
        opened('10:00', 'é'),
        opened('10:00', '🙂'),
        opened('10:00', '\u{ffff}'),
      ]),
    );
    const { tsv } = await w.playUnderRules(await w.memoryEngine(), file);
    const keys = tsv
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 2).join(' '));
    expect(keys).toEqual([...many.map((_, i) => `s ${i}`), 'z 0', 'é 0', '\u{ffff} 0', '🙂 0']);
  });

  it('every merchant gets the limit asked for; without one it is 20 minutes', async () => {
    const told = [opened('10:00'), agent('10:00'), { ...opened('10:00', 's2'), merchant: 'm2' }, agent('10:00', 's2')];
    const { tsv } = await w.playUnderRules(await w.memoryEngine(), fileOf(linesOf(told)), { buyerReplyMinutes: 50 });
    expect(tsv.match(/10:50:00.000Z/g)).toHaveLength(2);
  });

  it('nothing at all is a history too', async () => {
    const { tsv, summary } = await w.playUnderRules(await w.memoryEngine(), fileOf(''));
    expect([tsv, summary]).toEqual(['', { sessions: 0, sourceSessions: 0, successors: 0, closed: {} }]);
  });
});

describe('playing it again', () => {
  const history = linesOf([
    opened('10:00'),
    agent('10:00'),
    buyer('10:30'),
    closed('10:40'),
    opened('11:00', 's2'),
    queued('11:01', 's2'),
  ]);

  it('adds nothing and tells the same, also after a restart', async () => {
    const dataDir = w.tempFolder();
    const file = fileOf(history);
    const first = await w.sqliteEngine(dataDir);
    const once = await w.playUnderRules(first, file);
    const events = await w.countOf(first.store);
    await first.close();
    const second = await w.sqliteEngine(dataDir);
    expect(await w.playUnderRules(second, file)).toEqual(once);
    expect(await w.countOf(second.store)).toBe(events);
  });

  it('finishes what was stopped at any place, and tells what an unbroken run tells', async () => {
    const sessions = Array.from({ length: 400 }, (_, i) => `s${i}`);
    const told = sessions.flatMap((session, i) => {
      const [hour, minute] = [10 + (i % 5), String(i % 60).padStart(2, '0')];
      return [
        opened(`${hour}:${minute}`, session),
        agent(`${hour}:${minute}:30`, session),
        ...Array.from({ length: 30 }, (_, k) => buyer(`${hour + 2}:${minute}:${String(k + 10)}`, session)),
      ];
    });
    const file = fileOf(linesOf(told));
    const whole = await w.memoryEngine();
    const unbroken = await w.playUnderRules(whole, file);
    const engine = await w.memoryEngine();
    for (const steps of [1, 2]) {
      const stop = new AbortController();
      let seen = 0;
      const onProgress = (): void => {
        if (++seen === steps) stop.abort();
      };
      await importUnderRules({
        file,
        source: 'test',
        engine: engine.virtual,
        onProgress,
        signal: stop.signal,
      });
      expect(seen).toBe(steps);
    }
    expect(await w.countOf(engine.store)).toBeLessThan(await w.countOf(whole.store));
    expect(await w.playUnderRules(engine, file)).toEqual(unbroken);
    expect(await w.countOf(engine.store)).toBe(await w.countOf(whole.store));
  });

  it('is refused where the sessions stand there under another limit, as recorded, or with other events', async () => {
    const engine = await w.memoryEngine();
    const file = fileOf(history);
    await w.playUnderRules(engine, file);
    await expect(w.playUnderRules(engine, file, { buyerReplyMinutes: 50 })).rejects.toMatchObject({
      code: 'session-differs',
      message:
        'session s1 stands in the store already, under a limit of 20 minutes: play it in a data folder of its own',
    });
    for (const changed of [
      history.replace(at('10:30'), at('10:31')),
      history.replace('"queued"', '"message-from-buyer"'),
    ]) {
      await expect(w.playUnderRules(engine, fileOf(changed))).rejects.toMatchObject({ code: 'session-differs' });
    }
    const recorded = await w.memoryEngine();
    await importAsRecorded({ file, source: 'test', store: recorded.store, names });
    await expect(w.playUnderRules(recorded, file)).rejects.toThrow('as recorded: play it in a data folder of its own');
  });

  it('is refused beside open sessions of somebody else: the clock would run out on them', async () => {
    const engine = await w.memoryEngine();
    await engine.virtual.commands.openSession({
      sessionId: '01HQ0000000000000000000001',
      data: { merchantId: 'm1', openedBy: 'buyer' },
    });
    await engine.virtual.advanceTo(0);
    await expect(w.playUnderRules(engine, fileOf(history))).rejects.toMatchObject({ code: 'open-sessions-present' });
  });

  it('a limit that merchants may not have is refused, and nothing is written', async () => {
    const engine = await w.memoryEngine();
    await expect(w.playUnderRules(engine, fileOf(history), { buyerReplyMinutes: 4 })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await w.countOf(engine.store)).toBe(0);
  });
});

describe('histories drawn at random', () => {
  const SEED = Number(process.env['LAPSE_SEED'] ?? 7);
  const random = w.seededRandom(SEED);
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;

  const randomHistory = (): string => {
    const told: w.Told[] = [];
    for (let s = 0; s < 60; s++) {
      let atMs = Date.parse(at('10:00')) + pick(0, 60_000, 3_600_000, Math.floor(random() * 86_400_000));
      const session = `s${s}`;
      const place = (type: string, more: object = {}): void => {
        told.push({ session, type, at: new Date(atMs).toISOString(), ...more });
      };
      place('opened', { merchant: pick('m1', 'm2') });
      for (let e = Math.floor(random() * 15); e > 0; e--) {
        // Many at a deadline's very instant, or right after it.
        atMs += pick(
          0,
          1,
          60_000,
          300_000,
          300_001,
          1_200_000,
          21_600_000,
          21_600_001,
          86_400_000,
          86_400_001,
          Math.floor(random() * 9e7),
        );
        const type = pick('message-from-buyer', 'message-from-agent', 'message-from-agent', 'queued', 'closed');
        place(type, type === 'message-from-agent' ? { automated: random() < 0.3 } : {});
      }
    }
    return linesOf(told);
  };

  it(`end as the table says, each session at its instant (seed ${SEED})`, async () => {
    for (let round = 0; round < 15; round++) {
      const file = fileOf(w.gzipOf(randomHistory()));
      const buyerReplyMinutes = pick(5, 20, 360);
      const { tsv } = await w.playUnderRules(await w.memoryEngine(), file, { buyerReplyMinutes });
      expect(tsv.split('\n')).toEqual(closingsByTheTable(file, buyerReplyMinutes).split('\n'));
    }
  });
});
