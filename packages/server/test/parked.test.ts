import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  openSessionAnswer,
  parkedListAnswer,
  parkedStreamAnswer,
  parkedStreamPath,
  queueAnswer,
  readyAnswer,
  retriedAnswer,
  sessionsAnswer,
  skippedAnswer,
  type ParkedListAnswer,
} from '@lapse/api';
import { STREAM_NAME_CHARS_MAX } from '@lapse/store';
import { bytesAsText } from '../src/answers/bytes-as-text.js';
import { newEngineWorld, type EngineWorld } from './engine-world.js';
import {
  agent,
  buyer,
  eventsPath,
  expectAnswer,
  expectProblem,
  names,
  newWorld,
  open,
  readSession,
  SESSION,
  uuid,
} from './world.js';

let world: EngineWorld;
/** Where the last thing written stands. */
let position: string;
const STREAM = names.session(SESSION);

/** What a broken writer sends. */
const broken = async (stream: string, id: number, type = 'message-from-agent', data: Uint8Array = Buffer.from('{')) => {
  const event = { id: uuid(id), type, data, metadata: Buffer.from('{"schemaVersion":1}') };
  const written = await world.store.append(stream, [{ ...event, contentType: 'application/json' }], 'any');
  position = (written as { position: string }).position;
};
const list = async (query = ''): Promise<ParkedListAnswer> =>
  expectAnswer(await world.get(`/v1/parked?atLeast=${position}${query}`), 200, parkedListAnswer);
const skip = (revision: number, stream = STREAM) =>
  world.post(`${parkedStreamPath(stream)}/skip`, { revision, why: 'the sender was under test' });
const show = (stream = STREAM) => world.get(parkedStreamPath(stream));

describe('parked streams, over a whole engine on its files', () => {
  beforeEach(async () => {
    world = await newEngineWorld();
    expectAnswer(await world.post('/v1/sessions', open), 201, openSessionAnswer);
    await world.post(eventsPath(), { type: 'queued' });
    await broken(STREAM, 1);
  });
  afterEach(async () => {
    expect(world.log).toEqual([]);
    await world.close();
  });

  it('are listed with their reason, whose they are and since when, the longest parked first, in pages', async () => {
    world.clock.nowMs += 60_000;
    await world.put('/v1/merchants/m9/config', { buyerReplyMinutes: 30 });
    await broken(names.merchant('m9'), 2, 'config-version');
    await broken('session-nonsense/1', 3);
    const all = await list();
    expect(all.next).toBeNull();
    expect(all.parked).toMatchObject([
      { stream: STREAM, kind: 'session', sessionId: SESSION, merchantId: 'm1', revision: 3, readModels: ['sessions'] },
      { stream: 'merchant-m9', kind: 'merchant', sessionId: null, merchantId: 'm9', revision: 2 },
      { stream: 'session-nonsense/1', kind: 'other', sessionId: null, merchantId: null, revision: 0 },
    ]);
    expect(all.parked[0]).toMatchObject({ since: '2026-03-01T10:00:00.000Z', why: expect.stringContaining('JSON') });
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page: ParkedListAnswer = await list(`&limit=1${next === '' ? '' : `&after=${next}`}`);
      seen.push(...page.parked.map(({ stream }) => stream));
      next = page.next;
    }
    expect(seen).toEqual(all.parked.map(({ stream }) => stream));
    expectProblem(await world.get('/v1/parked?after=nonsense'), 422, 'bad-value');
    expectProblem(await world.get('/v1/parked?merchantId=m1'), 422, 'unknown-field');
  });

  it('have sessions whose deadline is unknown, and say so in every list and in /readyz', async () => {
    await list();
    const { sessions } = expectAnswer(await world.get('/v1/sessions?state=parked'), 200, sessionsAnswer);
    const parked = { revision: 3, why: expect.stringContaining('JSON') };
    expect(sessions).toMatchObject([{ sessionId: SESSION, state: 'parked', rule: null, deadline: null, parked }]);
    const { waiting } = expectAnswer(await world.get('/v1/queue'), 200, queueAnswer);
    expect(waiting).toMatchObject([{ sessionId: SESSION, rule: null, deadline: null, parked }]);
    const { checks } = expectAnswer(await world.get('/readyz'), 200, readyAnswer);
    expect(checks[0]?.detail).toContain('1 streams parked');
  });

  it('are shown with the event byte by byte, and what can be done', async () => {
    await list();
    const shown = expectAnswer(await show(), 200, parkedStreamAnswer);
    expect(shown).toMatchObject({
      stream: STREAM,
      sessionId: SESSION,
      parked: { revision: 3 },
      event: { id: uuid(1), type: 'message-from-agent', revision: 3, data: '{', dataBytes: 1, metadataBytes: 19 },
      readModels: [{ name: 'sessions', revision: 3 }],
      decisions: [],
      advice: [expect.stringContaining('Skip revision 3'), expect.any(String)],
    });
    expect(expectAnswer(await show(SESSION), 200, parkedStreamAnswer)).toEqual(shown);
    const nonsense = 'session-nonsense/1';
    await broken(nonsense, 4);
    expect(expectAnswer(await show(nonsense), 200, parkedStreamAnswer)).toMatchObject({
      stream: nonsense,
      kind: 'other',
    });
    expectProblem(await skip(0, nonsense), 409, 'stream-parked');
  });

  it('are shown however long their name is', async () => {
    const longest = 'session-'.padEnd(STREAM_NAME_CHARS_MAX, '\u00e9');
    await broken(longest, 4);
    expect((await list()).parked.map(({ stream }) => stream)).toContain(longest);
    expect(expectAnswer(await show(longest), 200, parkedStreamAnswer)).toMatchObject({
      stream: longest,
      kind: 'other',
    });
    expectProblem(await show(`${longest}x`), 414, 'url-too-long');
    expectProblem(await skip(0, longest), 409, 'stream-parked');
  });

  it('go on with a skip: commands at once, lists and the deadline a moment later', async () => {
    expectProblem(await world.post(eventsPath(), buyer(7)), 409, 'stream-parked');
    const skipped = expectAnswer(await skip(3), 200, skippedAnswer);
    expect(skipped).toMatchObject({ outcome: 'skipped', stream: STREAM, revision: 3, parked: null });
    position = skipped.position as string;
    expect((await world.post(eventsPath(), agent(8))).status).toBe(201);
    const session = await readSession(world);
    expect(session).toMatchObject({ state: 'open', rule: 'buyer-silent', revision: 4, counts: { unknownEvents: 1 } });
    expect((await list()).parked).toEqual([]);
    expect(expectAnswer(await skip(3), 200, skippedAnswer)).toMatchObject({ outcome: 'repeated', position });
    const shown = expectAnswer(await show(), 200, parkedStreamAnswer);
    expect(shown).toMatchObject({
      parked: null,
      event: null,
      decisions: [
        {
          type: 'stream-skipped',
          revision: 3,
          why: 'the sender was under test',
          by: { role: 'platform', id: 'http' },
          at: '2026-03-01T10:00:00.000Z',
        },
      ],
    });
    expect(shown.advice[0]).toMatch(/^Nothing/);
    expectProblem(await skip(4), 409, 'not-parked');
    expectProblem(await world.post(`${parkedStreamPath(STREAM)}/retry`), 409, 'not-parked');
  });

  it('refuse a skip of another event, without a reason, and of what is not there', async () => {
    expect(expectProblem(await skip(2), 409, 'wrong-revision')).toMatchObject({ actualRevision: 3 });
    const path = `${parkedStreamPath(STREAM)}/skip`;
    for (const bad of [
      { revision: 3 },
      { revision: 3, why: ' ' },
      { revision: -1, why: 'x' },
      { revision: '3', why: 'x' },
    ]) {
      expectProblem(await world.post(path, bad), 422, 'bad-value');
    }
    expectProblem(await world.post(path, { revision: 3, why: 'x', by: 'me' }), 422, 'unknown-field');
    expectProblem(await show(names.merchant('nobody')), 404, 'no-such-stream');
    expectProblem(await show('ops-keys'), 404, 'no-such-stream');
    expectProblem(await show('session-\u0000'), 404, 'no-such-stream');
    await world.put('/v1/merchants/m9/config', { buyerReplyMinutes: 30 });
    expectProblem(await show(names.merchant('m9')), 409, 'not-parked');
  });

  it('are retried with a reason or without a body', async () => {
    await list();
    const path = `${parkedStreamPath(STREAM)}/retry`;
    for (const body of [undefined, {}, { why: 'Lapse is newer now' }]) {
      const retried = expectAnswer(await world.post(path, body), 200, retriedAnswer);
      expect(retried).toMatchObject({ outcome: 'retried', stream: STREAM, parked: { revision: 3 } });
      position = retried.position as string;
    }
    expect((await list()).parked).toHaveLength(1);
    expect(expectAnswer(await show(), 200, parkedStreamAnswer).decisions).toMatchObject([
      { type: 'stream-retried', revision: null, why: null },
      { why: null },
      { why: 'Lapse is newer now' },
    ]);
  });

  it('go on after a restart, too', async () => {
    const { openEngine, engineConfig } = await import('@lapse/engine');
    expectAnswer(await skip(3), 200, skippedAnswer);
    const folder = world.engine.config.dataDir;
    await world.server.close();
    await world.engine.close();
    const again = await openEngine({
      config: engineConfig.parse({ dataDir: folder }),
      nowMs: () => world.clock.nowMs,
      random: () => 0.5,
      setTimer: (delayMs, run) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      sweeps: false,
    });
    await again.caughtUp(30_000);
    expect(again.projections.parked()).toEqual([]);
    expect(again.projections.session(SESSION)?.state).toMatchObject({ status: 'open', parked: undefined });
    await again.close();
    world = await newEngineWorld();
  });
});

describe('a process without a read side', () => {
  it('shows a parked stream and takes decisions, and keeps no list', async () => {
    const alone = await newWorld();
    await alone.foreign(STREAM, { type: 'queued', occurredAtMs: alone.clock.nowMs, data: {} });
    expectProblem(await alone.get('/v1/parked'), 503, 'no-views');
    expectAnswer(await alone.get(parkedStreamPath(STREAM)), 200, parkedStreamAnswer);
    const path = `${parkedStreamPath(STREAM)}/skip`;
    expectAnswer(await alone.post(path, { revision: 0, why: 'odd' }), 200, skippedAnswer);
    await alone.close();
  });
});

describe('bytes as text', () => {
  it('show what is no text, and what a terminal would take for a command', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":"é😀'),
      Buffer.from([0xff, 0xc3, 0x1b, 0x0a]),
      Buffer.from('\u202e"}'),
    ]);
    expect(bytesAsText(bytes)).toBe('{"a":"é😀\\xff\\xc3\\x1b\\x0a\\xe2\\x80\\xae"}');
    expect(bytesAsText(new Uint8Array())).toBe('');
  });
  it('are cut where there are too many', () => {
    expect(bytesAsText(Buffer.alloc(5_000, 'x'))).toBe(`${'x'.repeat(4_096)}…`);
  });
});
