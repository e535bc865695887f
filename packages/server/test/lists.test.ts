import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { projectionsAnswer, queueAnswer, sessionsAnswer } from '@lapse/api';
import { StoreError, type Position } from '@lapse/store';
import type { QueueRow, SessionRow, Views } from '../src/index.js';
import { expectAnswer, expectProblem, HOUR_MS, newWorld, T0, type World } from './world.js';

const ulid = (n: number): string => `01KJM00000000000000000${String(n).padStart(4, '0')}`;

const waiting: QueueRow[] = Array.from({ length: 5 }, (_, n) => ({
  sessionId: ulid(n),
  merchantId: n % 2 === 0 ? 'm1' : 'm2',
  queueId: undefined,
  // Two wait since the same instant: the id settles their order.
  sinceMs: T0 + Math.floor(n / 2) * 1_000,
  rule: 'queue-expired',
  deadlineAtMs: T0 + 24 * HOUR_MS,
}));

const sessions: SessionRow[] = [
  {
    sessionId: ulid(1),
    merchantId: 'm1',
    openedAtMs: T0,
    rule: 'agent-silent',
    deadlineAtMs: T0,
    closedAtMs: undefined,
    closeReason: undefined,
  },
  {
    sessionId: ulid(0),
    merchantId: 'm1',
    openedAtMs: T0,
    rule: undefined,
    deadlineAtMs: undefined,
    closedAtMs: T0,
    closeReason: 'by-agent',
  },
];

/** A read side of fixed rows that has seen positions up to "5". */
const fixedViews: Views = {
  queue: ({ merchantId, after, limit }) => {
    const rest = waiting
      .filter((row) => merchantId === undefined || row.merchantId === merchantId)
      .filter(
        (row) =>
          after === undefined ||
          row.sinceMs > after.sinceMs ||
          (row.sinceMs === after.sinceMs && row.sessionId > after.sessionId),
      );
    const rows = rest.slice(0, limit);
    return {
      rows,
      next:
        rest.length > limit
          ? rows.at(-1) && { sinceMs: rows.at(-1)!.sinceMs, sessionId: rows.at(-1)!.sessionId }
          : undefined,
    };
  },
  sessions: ({ state }) => ({
    rows: sessions.filter((row) => state === undefined || (row.closedAtMs === undefined) === (state === 'open')),
    next: undefined,
  }),
  projections: () => [
    {
      name: 'sessions',
      version: 1,
      state: 'live',
      position: '5' as Position,
      lagEvents: 0,
      lagSeconds: 0,
      detail: undefined,
    },
  ],
  waitFor: (position, signal) => {
    if (!/^\d+$/.test(position)) return Promise.reject(new StoreError('bad-position', 'no position of this store'));
    if (Number(position) <= 5) return Promise.resolve(true);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(false)));
  },
};

let world: World;
afterEach(() => world.close());

describe('lists', () => {
  beforeEach(async () => {
    world = await newWorld({ server: { views: fixedViews, limits: { atLeastMs: 20 } } });
  });

  it('show who waits in pages that follow each other, longest first', async () => {
    const seen: string[] = [];
    let query = '?limit=2';
    for (let page = 0; page < 10; page++) {
      const { waiting: rows, next } = expectAnswer(await world.get(`/v1/queue${query}`), 200, queueAnswer);
      seen.push(...rows.map((row) => row.sessionId));
      if (next === null) break;
      query = `?limit=2&after=${next}`;
    }
    expect(seen).toEqual(waiting.map((row) => row.sessionId));
  });
  it('show one merchant only where it is named', async () => {
    const { waiting: rows } = expectAnswer(await world.get('/v1/queue?merchantId=m2'), 200, queueAnswer);
    expect(rows.map((row) => row.merchantId)).toEqual(['m2', 'm2']);
  });
  it('refuse a page that they never named', async () => {
    for (const after of ['x', '%00', 'eyJ9', Buffer.from('{"sessionId":"../x"}').toString('base64url')]) {
      expectProblem(await world.get(`/v1/sessions?after=${after}`), 422, 'bad-value');
    }
    expectProblem(await world.get(`/v1/queue?after=${'A'.repeat(257)}`), 422, 'bad-value');
  });
  it('show a session past its deadline as lapsed (D20)', async () => {
    world.clock.nowMs = T0 + 1;
    const { sessions: rows } = expectAnswer(await world.get('/v1/sessions'), 200, sessionsAnswer);
    expect(rows).toMatchObject([
      { state: 'lapsed', closedAt: null },
      { state: 'closed', closeReason: 'by-agent' },
    ]);
  });
  it('show the open or the closed ones where asked', async () => {
    const list = async (state: string) =>
      expectAnswer(await world.get(`/v1/sessions?state=${state}`), 200, sessionsAnswer).sessions.map(
        (row) => row.state,
      );
    expect([await list('open'), await list('closed')]).toEqual([['open'], ['closed']]);
    expectProblem(await world.get('/v1/sessions?state=lapsed'), 422, 'bad-value');
  });
  it('show how far the read side is', async () => {
    const { projections } = expectAnswer(await world.get('/v1/projections'), 200, projectionsAnswer);
    expect(projections).toMatchObject([{ name: 'sessions', state: 'live', position: '5', lagEvents: 0 }]);
  });
  it.each(['/v1/queue', '/v1/sessions', '/v1/projections'])(
    '%s waits for a position, for a bounded time, and knows what is none',
    async (path) => {
      expect((await world.get(`${path}?atLeast=5`)).status).toBe(200);
      expectProblem(await world.get(`${path}?atLeast=6`), 504, 'position-not-reached');
      expectProblem(await world.get(`${path}?atLeast=soon`), 422, 'bad-position');
      expectProblem(await world.get(`${path}?atLeast=`), 422, 'bad-value');
    },
  );
});

describe('a process without a read side', () => {
  it('says so', async () => {
    world = await newWorld();
    const answer = await world.get('/v1/queue');
    expectProblem(answer, 503, 'no-views');
    expect(answer.headers['retry-after']).toBeUndefined();
  });
});
