import { afterEach, describe, expect, it } from '@jest/globals';
import { problemCodes, type ProblemCode } from '@lapse/api';
import { StoreError, type StoreErrorCode } from '@lapse/store';
import { postJson, rawConnection } from './raw-socket.js';
import { agent, buyer, eventsPath, expectProblem, newWorld, open, type World } from './world.js';

let world: World;
afterEach(() => world.close());

/** A server whose appends fail with this. */
const failingWith = (error: Error): Promise<World> =>
  newWorld({ commands: (real) => ({ ...real, append: () => Promise.reject(error) }) });

/** A gate that a test opens, to hold a command for as long as it wants to. */
const newGate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let enter: () => void = () => undefined;
  const entered = new Promise<void>((resolve) => (enter = resolve));
  return { open: () => open(), opened, enter: () => enter(), entered };
};

const holdingAppends = (gate: ReturnType<typeof newGate>): Promise<World> =>
  newWorld({
    server: { limits: { requestsUnderWayMax: 2 } },
    commands: (real) => ({
      ...real,
      append: async (command) => {
        gate.enter();
        await gate.opened;
        return real.append(command);
      },
    }),
  });

describe('what a store cannot do', () => {
  it.each<[StoreErrorCode, number, ProblemCode, string | undefined]>([
    ['store-busy', 503, 'store-busy', '1'],
    ['store-locked', 503, 'store-unavailable', '1'],
    ['store-unavailable', 503, 'store-unavailable', '1'],
    ['append-ambiguous', 503, 'append-ambiguous', '1'],
    ['store-closed', 503, 'shutting-down', '1'],
    ['disk-full', 507, 'disk-full', '30'],
    ['append-too-large', 413, 'append-too-large', undefined],
    ['stream-deleted', 410, 'stream-deleted', undefined],
    ['store-read-only', 500, 'store-broken', undefined],
    ['store-corrupt', 500, 'store-broken', undefined],
    ['bad-event-id', 500, 'internal-error', undefined],
  ])('%s is answered with %i %s', async (code, status, expected, retryAfter) => {
    world = await failingWith(new StoreError(code, 'what happened at /var/lib/lapse/events.db'));
    const answer = await world.post(eventsPath(), buyer(1));
    const { detail } = expectProblem(answer, status, expected);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    if (status >= 500) expect(detail).not.toContain('events.db');
  });
});

describe('a fault of ours', () => {
  it('is answered without its words and logged with them, under one correlation id', async () => {
    world = await failingWith(new Error('secret: connection string'));
    const headers = { 'x-correlation-id': 'order-4711' };
    const answer = await world.ask({ method: 'POST', path: eventsPath(), json: buyer(1), headers });
    expectProblem(answer, 500, 'internal-error');
    expect(answer.text).not.toContain('secret');
    expect(world.log).toMatchObject([
      { level: 50, correlationId: 'order-4711', err: { message: 'secret: connection string' }, method: 'POST' },
    ]);
  });
  it('is answered also where somebody threw what is no error', async () => {
    world = await failingWith('boom' as unknown as Error);
    expectProblem(await world.post(eventsPath(), buyer(1)), 500, 'internal-error');
  });
});

describe('a command that loses every race', () => {
  it('is answered with 503 and when to come again', async () => {
    world = await newWorld({
      commands: (real) => ({
        ...real,
        append: () => Promise.resolve({ kind: 'refused', code: 'contention', message: 'too many writers' }),
      }),
    });
    const answer = await world.post(eventsPath(), buyer(1));
    expectProblem(answer, 503, 'contention');
    expect(answer.headers['retry-after']).toBe('1');
  });
});

describe('too many requests at once', () => {
  it('are answered with 503 overloaded, and served again once there is room', async () => {
    const gate = newGate();
    world = await holdingAppends(gate);
    await world.post('/v1/sessions', open);
    const held = [world.post(eventsPath(), buyer(1)), world.post(eventsPath(), buyer(2))];
    await gate.entered;
    let overloaded = await world.get('/livez');
    for (let attempt = 0; attempt < 100 && overloaded.status === 200; attempt++) overloaded = await world.get('/livez');
    expectProblem(overloaded, 503, 'overloaded');
    gate.open();
    expect((await Promise.all(held)).map((answer) => answer.status)).toEqual([201, 201]);
    let served = await world.get('/livez');
    for (let attempt = 0; attempt < 100 && served.status !== 200; attempt++) served = await world.get('/livez');
    expect(served.status).toBe(200);
  });
});

describe('noise behind a request that is under way', () => {
  it('is never answered in its place', async () => {
    const gate = newGate();
    world = await holdingAppends(gate);
    await world.post('/v1/sessions', open);
    const connection = await rawConnection(world.port);
    connection.send(postJson(eventsPath(), agent(1)));
    await gate.entered;
    connection.send('\x16\x03 noise\r\n\r\n');
    expect(await connection.ended).toBe('');
    gate.open();
    // The append was under way and is written; its sender asks again and learns so.
    expect((await world.post(eventsPath(), agent(1))).body).toMatchObject({ outcome: 'repeated' });
  });
});

describe('the table of codes', () => {
  it('holds a status from 400 on for each, and a retry that fits it', () => {
    for (const [code, { status, retry, title }] of Object.entries(problemCodes)) {
      expect({ code, isError: status >= 400 && status < 600, title }).toMatchObject({ isError: true });
      if (status < 500 && status !== 408) expect({ code, retry }).not.toMatchObject({ retry: 'later' });
    }
  });
});
