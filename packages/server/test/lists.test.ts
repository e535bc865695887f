import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  appendedAnswer,
  openSessionAnswer,
  projectionsAnswer,
  queueAnswer,
  readyAnswer,
  sessionsAnswer,
  type QueueAnswer,
  type SessionsAnswer,
} from '@lapse/api';
import { ViewsError, type ViewsErrorCode } from '@lapse/projections';
import type { ProblemCode } from '@lapse/api';
import type { Views } from '../src/index.js';
import { newEngineWorld, type EngineWorld } from './engine-world.js';
import {
  agent,
  buyer,
  eventsPath,
  expectAnswer,
  expectProblem,
  HOUR_MS,
  MINUTE_MS,
  newWorld,
  type World,
} from './world.js';

let world: EngineWorld;
/** Where the last thing written stands: every list waits until it has seen that. */
let position: string;

const openOne = async (merchantId: string, more: object = {}): Promise<string> => {
  const answer = await world.post('/v1/sessions', { merchantId, openedBy: 'buyer', ...more });
  const opened = expectAnswer(answer, 201, openSessionAnswer);
  position = opened.position as string;
  return opened.sessionId;
};
const send = async (sessionId: string, event: object): Promise<void> => {
  position = expectAnswer(await world.post(eventsPath(sessionId), event), 201, appendedAnswer).position as string;
};
const sessions = async (query = ''): Promise<SessionsAnswer> =>
  expectAnswer(await world.get(`/v1/sessions?atLeast=${position}${query}`), 200, sessionsAnswer);
const queue = async (query = ''): Promise<QueueAnswer> =>
  expectAnswer(await world.get(`/v1/queue?atLeast=${position}${query}`), 200, queueAnswer);
const idsOf = (page: SessionsAnswer): string[] => page.sessions.map((row) => row.sessionId);

describe('lists over a whole engine on its files', () => {
  beforeEach(async () => {
    world = await newEngineWorld();
  });
  afterEach(async () => {
    expect(world.log).toEqual([]);
    await world.close();
  });

  it('show sessions newest first, in pages that follow each other without a gap', async () => {
    const opened: string[] = [];
    for (let i = 0; i < 5; i++) opened.push(await openOne('m1'));
    const seen: string[] = [];
    let next = '';
    for (let page = 0; page < 10; page++) {
      const answer = await sessions(`&limit=2${next}`);
      seen.push(...idsOf(answer));
      if (answer.next === null) break;
      next = `&after=${answer.next}`;
    }
    expect(seen).toEqual(opened.reverse());
  });
  it('show only those of one merchant, one buyer, or one conversation of the platform', async () => {
    const first = await openOne('m1', { buyerId: 'b1', externalId: 'chat/1' });
    const second = await openOne('m2', { buyerId: 'b1' });
    expect(idsOf(await sessions('&merchantId=m2'))).toEqual([second]);
    expect(idsOf(await sessions('&buyerId=b1'))).toEqual([second, first]);
    expect(idsOf(await sessions('&externalId=chat%2F1'))).toEqual([first]);
  });
  it('show a session past its deadline as lapsed, and as closed once that is recorded (D20)', async () => {
    const lapsing = await openOne('m1');
    await send(lapsing, agent());
    world.clock.nowMs += 10 * MINUTE_MS;
    const living = await openOne('m1');
    world.clock.nowMs += 10 * MINUTE_MS + 1;
    expect((await sessions()).sessions).toMatchObject([
      { sessionId: living, state: 'open', rule: 'agent-silent', closedAt: null },
      { sessionId: lapsing, state: 'lapsed', deadline: '2026-03-01T10:20:00.000Z', closedAt: null },
    ]);
    expect(idsOf(await sessions('&state=lapsed'))).toEqual([lapsing]);
    expectProblem(await world.post(eventsPath(lapsing), buyer()), 409, 'session-closed');
    await openOne('m9');
    expect((await sessions('&state=closed')).sessions).toMatchObject([
      { sessionId: lapsing, closedAt: '2026-03-01T10:20:00.000Z', closeReason: 'buyer-silent', rule: null },
    ]);
    expect(idsOf(await sessions('&closeReason=by-agent'))).toEqual([]);
  });
  it('show who waits, longest first, and nobody whom an agent has answered', async () => {
    const ids = [await openOne('m1'), await openOne('m1'), await openOne('m2')];
    for (const id of ids) {
      await send(id, { type: 'queued', data: { queueId: 'night shift' } });
      world.clock.nowMs += MINUTE_MS;
    }
    const { waiting } = await queue('&limit=1');
    expect(waiting).toMatchObject([
      {
        sessionId: ids[0],
        merchantId: 'm1',
        queueId: 'night shift',
        since: '2026-03-01T10:00:00.000Z',
        rule: 'queue-expired',
        deadline: '2026-03-02T10:00:00.000Z',
      },
    ]);
    const page = await queue('&limit=1');
    const rest = await queue(`&after=${page.next}`);
    expect(rest.waiting.map((row) => row.sessionId)).toEqual(ids.slice(1));
    await send(ids[0] as string, agent());
    expect((await queue('&merchantId=m1')).waiting.map((row) => row.sessionId)).toEqual([ids[1]]);
    expect((await queue('&queueId=night%20shift')).waiting).toHaveLength(2);
    expect((await queue('&queueId=day')).waiting).toEqual([]);
  });
  it('let go of who has waited too long', async () => {
    await send(await openOne('m1'), { type: 'queued' });
    world.clock.nowMs += 24 * HOUR_MS + 1;
    expect((await queue()).waiting).toEqual([]);
  });
  it('refuse a page that they never named', async () => {
    for (const after of ['x', '%00', 'eyJ9', Buffer.from('{"key":-1}').toString('base64url'), 'LTE']) {
      expectProblem(await world.get(`/v1/sessions?after=${after}`), 422, 'bad-value');
      expectProblem(await world.get(`/v1/queue?after=${after}`), 422, 'bad-value');
    }
    expectProblem(await world.get(`/v1/queue?after=${'A'.repeat(257)}`), 422, 'bad-value');
    expectProblem(await world.get('/v1/sessions?state=asleep'), 422, 'bad-value');
  });
  it('show how far the read side is', async () => {
    await openOne('m1');
    const answer = await world.get(`/v1/projections?atLeast=${position}`);
    const { projections } = expectAnswer(answer, 200, projectionsAnswer);
    expect(projections.map((projection) => projection.name)).toContain('sessions');
    for (const { position: seen } of projections) {
      expect(world.store.comparePositions(seen as never, position as never)).toBeGreaterThanOrEqual(0);
    }
    await world.engine.caughtUp(30_000);
    const { checks } = expectAnswer(await world.get('/readyz'), 200, readyAnswer);
    expect(checks.map((check) => check.name)).toContain('projection sessions');
  });
});

describe('a list that waits for a position', () => {
  beforeEach(async () => {
    world = await newEngineWorld(20);
  });
  afterEach(() => world.close());

  it.each(['/v1/queue', '/v1/sessions', '/v1/projections'])(
    '%s does so for a bounded time, and knows what is none',
    async (path) => {
      expectProblem(await world.get(`${path}?atLeast=999999`), 504, 'position-not-reached');
      expectProblem(await world.get(`${path}?atLeast=soon`), 422, 'bad-position');
      expectProblem(await world.get(`${path}?atLeast=`), 422, 'bad-value');
    },
  );
});

describe('a read side that cannot answer', () => {
  let plain: World;
  afterEach(() => plain.close());

  it('is told from one that is not there', async () => {
    plain = await newWorld();
    const answer = await plain.get('/v1/queue');
    expectProblem(answer, 503, 'no-views');
    expect(answer.headers['retry-after']).toBeUndefined();
  });
  it.each<[ViewsErrorCode, number, ProblemCode]>([
    ['views-busy', 503, 'store-busy'],
    ['views-closed', 503, 'shutting-down'],
    ['disk-full', 507, 'disk-full'],
    ['views-corrupt', 500, 'views-broken'],
    ['checkpoint-moved', 500, 'views-broken'],
  ])('for %s is answered with %i %s, without naming its file', async (code, status, expected) => {
    const fail = (): never => {
      throw new ViewsError(code, 'at /var/lib/lapse/views.db');
    };
    const shown = { session: fail, queue: fail, sessions: fail, parked: fail, status: fail };
    const merchants = { list: fail, byId: fail, activity: fail } as unknown as Views['merchants'];
    const views = {
      ...shown,
      merchants,
      waitFor: () => Promise.resolve(),
      foldAgain: () => Promise.resolve(undefined),
    };
    plain = await newWorld({ server: { views } });
    for (const path of [
      '/v1/queue',
      '/v1/sessions',
      '/v1/parked',
      '/v1/projections',
      '/v1/activity',
      '/v1/merchants',
    ]) {
      expect(expectProblem(await plain.get(path), status, expected).detail).not.toContain('views.db');
    }
  });
});
