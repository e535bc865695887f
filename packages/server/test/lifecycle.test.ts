import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createServer } from '../src/index.js';
import { postJson, rawConnection, request } from './raw-socket.js';
import { buyer, eventsPath, expectProblem, names, newWorld, open, SESSION, type World } from './world.js';

let world: World;
let release: () => void;
let entered: Promise<void>;
const start = async (drainMs: number): Promise<void> => {
  let enter: () => void = () => undefined;
  entered = new Promise((resolve) => (enter = resolve));
  const held = new Promise<void>((resolve) => (release = resolve));
  world = await newWorld({
    server: { limits: { drainMs } },
    commands: (real) => ({
      ...real,
      append: async (command) => {
        enter();
        await held;
        return real.append(command);
      },
    }),
  });
  await world.post('/v1/sessions', open);
};

describe('a server that is told to stop', () => {
  beforeEach(() => start(60_000));
  afterEach(async () => {
    release();
    await world.close();
  });

  it('finishes the request that is under way, then lets its connection go', async () => {
    const answer = world.post(eventsPath(), buyer(1));
    await entered;
    const closed = world.server.close();
    release();
    expect(await answer).toMatchObject({ status: 201, headers: { connection: 'close' } });
    expect(await closed).toEqual({ cutRequests: 0 });
  });
  it('accepts nobody new', async () => {
    const answer = world.post(eventsPath(), buyer(1));
    await entered;
    const closed = world.server.close();
    await expect(world.get('/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    release();
    await Promise.all([answer, closed]);
  });
  it('ends a connection that would have been kept, once its answer is out', async () => {
    const connection = await rawConnection(world.port);
    connection.send(postJson(eventsPath(), buyer(1)));
    await entered;
    const closed = world.server.close();
    release();
    const answer = await connection.ended;
    expect(answer).toMatch(/^HTTP\/1.1 201 /);
    expect(answer).toContain('connection: close');
    await closed;
  });
  it('refuses a request on a connection that was made before, says why, and does nothing of it', async () => {
    const connection = await rawConnection(world.port);
    // Connections are accepted in their order: once this one is served, the first one is known.
    await world.get('/livez');
    const closed = world.server.close();
    connection.send(postJson(eventsPath(), buyer(1)));
    const answer = await connection.ended;
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(answer).toContain('shutting-down');
    await closed;
    const stored = await world.store.readStream(names.session(SESSION));
    expect(stored.kind === 'page' && stored.events.length).toBe(2);
  });
  it('lets idle connections go at once', async () => {
    const connection = await rawConnection(world.port);
    connection.send(request('GET /livez'));
    await connection.until('alive');
    await world.server.close();
    expect(await connection.ended).toContain('alive');
  });
  it('is one close, asked twice', async () => {
    expect(world.server.close()).toBe(world.server.close());
  });
});

describe('a request that never ends', () => {
  it('is cut when the time to drain is over', async () => {
    await start(50);
    const cut = expect(world.post(eventsPath(), buyer(1))).rejects.toMatchObject({ code: 'ECONNRESET' });
    await entered;
    expect(await world.server.close()).toEqual({ cutRequests: 1 });
    await cut;
    release();
    await world.store.close();
  });
});

describe('an address', () => {
  const server = () =>
    createServer({
      commands: world.commands,
      ready: () => ({ ready: true, checks: [] }),
      settings: { closeGraceMs: 5_000 },
      nowMs: () => 0,
      logger: pino({ level: 'silent' }),
    });
  beforeEach(async () => {
    world = await newWorld();
  });
  afterEach(() => world.close());

  it('is one of the loopback unless somebody asks for another', () => {
    expect(world.server.address).toEqual({
      host: '127.0.0.1',
      port: world.port,
      url: `http://127.0.0.1:${world.port}`,
    });
  });
  it('that is taken already makes listening fail', async () => {
    const second = server();
    await expect(second.listen({ port: world.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(second.address).toBeUndefined();
    await second.close();
  });
  it('is none for a server that never listened', async () => {
    const never = server();
    expect(never.address).toBeUndefined();
    expect(await never.close()).toEqual({ cutRequests: 0 });
  });
});

describe('health', () => {
  afterEach(() => world.close());

  it('is alive, and ready once everything is there, with what is missing named until then', async () => {
    let isReady = false;
    world = await newWorld({
      server: {
        ready: () => ({
          ready: isReady,
          checks: [{ name: 'projections', ready: isReady, detail: '12 events behind' }],
        }),
      },
    });
    expect(await world.get('/livez')).toMatchObject({ status: 200, body: { status: 'alive' } });
    const waiting = expectProblem(await world.get('/readyz'), 503, 'not-ready');
    expect(waiting).toMatchObject({ detail: 'Not ready: projections.', checks: [{ name: 'projections' }] });
    isReady = true;
    expect(await world.get('/readyz')).toMatchObject({ status: 200, body: { ready: true } });
    expect((await world.ask({ method: 'HEAD', path: '/readyz' })).status).toBe(200);
    expect(world.log).toEqual([]);
  });
});
