import { afterEach, describe, expect, it } from '@jest/globals';
import { importedSessionId } from '@lapse/domain';
import { createMemoryStore, type EventStore } from '@lapse/store';
import { extractFacts } from '@lapse/domain';
import { importAsRecorded, type AsRecordedSummary, type ImportProgress } from '../src/index.js';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { at, fileOf, linesOf, names } = w;
const T10 = Date.parse(at('10:00'));

const newStore = (): EventStore => createMemoryStore({ extractFacts, nowMs: () => 0, identity: 'log-1' });
const bring = (store: EventStore, text: string, more: object = {}): Promise<AsRecordedSummary> =>
  importAsRecorded({ file: fileOf(text), source: 'test', store, names, ...more });

const opened = { type: 'opened', at: at('10:00'), buyer: 'b1' };
const history = linesOf([
  opened,
  { type: 'message-from-agent', at: at('10:01'), actor: 'a1', len: 3 },
  { type: 'message-from-buyer', at: at('+10:00') },
  { type: 'closed', at: at('+11:00'), reason: 'resolved' },
  { type: 'message-from-buyer', at: at('+12:00') },
  { ...opened, session: 's2' },
  { session: 's2', type: 'queued', at: at('10:05'), team: 'q1' },
]);

describe('a history imported as recorded (D15)', () => {
  it('stands in the store as it was, pinned to the policy without rules', async () => {
    const store = newStore();
    expect(await bring(store, history)).toEqual({ sessions: 2, events: 7, alreadyThere: 0 });
    expect(await w.eventsOf(store, importedSessionId('test', 's1', T10))).toEqual([
      {
        type: 'opened',
        occurredAtMs: T10,
        data: { merchantId: 'm1', openedBy: 'buyer', buyerId: 'b1', externalId: 's1' },
      },
      {
        type: 'config-version',
        occurredAtMs: T10,
        data: {
          merchantId: 'm1',
          version: 0,
          policy: 'none',
          agentReplyMinutes: null,
          buyerReplyMinutes: null,
          queueMinutes: null,
          why: 'import',
          changedBy: { role: 'system', id: 'lapse' },
          merchantRevision: null,
        },
      },
      { type: 'message-from-agent', occurredAtMs: T10 + 60_000, data: { senderId: 'a1', length: 3, automated: false } },
      { type: 'message-from-buyer', occurredAtMs: T10 + 86_400_000, data: {} },
      {
        type: 'closed',
        occurredAtMs: Date.parse(at('+11:00')),
        data: { reason: 'by-source', sourceReason: 'resolved' },
      },
      { type: 'message-from-buyer', occurredAtMs: Date.parse(at('+12:00')), data: {} },
    ]);
  });

  it('adds nothing when it is imported again', async () => {
    const store = newStore();
    await bring(store, history);
    const before = await w.countOf(store);
    expect(await bring(store, history)).toEqual({ sessions: 2, events: 7, alreadyThere: 2 });
    expect(await w.countOf(store)).toBe(before);
  });

  it('goes on where it was stopped', async () => {
    const store = newStore();
    const many = linesOf(Array.from({ length: 2_000 }, (_, i) => ({ ...opened, session: `s${i}` })));
    const stop = new AbortController();
    const onProgress = ({ sessions }: ImportProgress): void => {
      if (sessions === 700) stop.abort();
    };
    expect(await bring(store, many, { onProgress, signal: stop.signal })).toMatchObject({ sessions: 700 });
    expect(await w.countOf(store)).toBe(1_400);
    expect(await bring(store, many)).toEqual({ sessions: 2_000, events: 2_000, alreadyThere: 700 });
    expect(await w.countOf(store)).toBe(4_000);
  });

  it('is another history under another source’s name', async () => {
    const store = newStore();
    await bring(store, history);
    expect(await bring(store, history, { source: 'other' })).toMatchObject({ alreadyThere: 0 });
    expect(await w.countOf(store)).toBe(18);
  });

  it.each([
    [
      'one more event',
      history + linesOf([]).concat(JSON.stringify({ session: 's2', seq: 2, type: 'queued', at: at('10:06') })),
      's2',
    ],
    ['one event fewer', history.split('\n').slice(0, -2).join('\n'), 's2'],
    ['another time', history.replace(at('10:01'), at('10:02')), 's1'],
    ['another speaker', history.replace('"a1"', '"a2"'), 's1'],
    ['another type', history.replace('"queued"', '"message-from-buyer"'), 's2'],
    ['another reason', history.replace('"resolved"', '"solved"'), 's1'],
    ['another merchant', history.replace('"m1"', '"m2"'), 's1'],
  ])('ends where a session stands there already with %s', async (_, changed, session) => {
    const store = newStore();
    await bring(store, history);
    const before = await w.countOf(store);
    await expect(bring(store, changed)).rejects.toMatchObject({ code: 'session-differs' });
    await expect(bring(store, changed)).rejects.toThrow(`session ${session} stands in the store already`);
    expect(await w.countOf(store)).toBe(before);
  });

  it('takes a conversation of thousands of events, in as many appends as it needs', async () => {
    const store = newStore();
    const long = linesOf([
      opened,
      ...Array.from({ length: 3_500 }, () => ({ type: 'message-from-buyer', at: at('10:00') })),
    ]);
    expect(await bring(store, long)).toEqual({ sessions: 1, events: 3_501, alreadyThere: 0 });
    expect(await bring(store, long)).toMatchObject({ alreadyThere: 1 });
    expect(await w.countOf(store)).toBe(3_502);
  });

  it('keeps what stood before a bad line, and finishes once that is mended', async () => {
    const store = newStore();
    await expect(bring(store, `${history}nonsense\n`)).rejects.toMatchObject({ code: 'bad-line' });
    expect(await bring(store, history)).toMatchObject({ sessions: 2 });
    expect(await w.countOf(store)).toBe(9);
  });

  it('never lapses, also in an engine that sweeps over it', async () => {
    const played = await w.sqliteEngine();
    await bring(played.store, linesOf([opened, { ...opened, session: 's2' }]));
    await played.virtual.advanceTo(T10 + 1_000 * 86_400_000);
    await played.virtual.runOut();
    expect(await w.countOf(played.store)).toBe(4);
    expect(played.projections.sessions({ state: 'open', limit: 10, nowMs: T10 }).sessions).toHaveLength(2);
  });
});
