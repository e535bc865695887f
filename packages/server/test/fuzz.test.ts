import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  agent,
  buyer,
  eventsPath,
  newWorld,
  open,
  OTHER_SESSION,
  SESSION,
  uuid,
  type Question,
  type World,
} from './world.js';

/** LAPSE_SEED=… plays another world; a failing one prints its seed. */
const seed = Number(process.env['LAPSE_SEED'] ?? 20);
const runs = { seed, numRuns: 300 };

let world: World;
beforeAll(async () => {
  world = await newWorld();
  await world.post('/v1/sessions', open);
});
afterAll(async () => {
  expect(world.log).toEqual([]);
  await world.close();
});

/** Whatever was asked, the answer is one of ours: below 500, and an error keeps the contract (`ask` checks it). */
const expectServed = async (question: Question): Promise<void> => {
  const { status } = await world.ask(question);
  if (status >= 500) throw new Error(`answered with ${status}`);
};

const targets: readonly Pick<Question, 'method' | 'path'>[] = [
  { method: 'POST', path: '/v1/sessions' },
  { method: 'POST', path: eventsPath() },
  { method: 'POST', path: eventsPath(OTHER_SESSION) },
  { method: 'PUT', path: '/v1/merchants/m1/config' },
  { method: 'POST', path: '/v1/merchants/m1/config/rollout' },
  { method: 'POST', path: '/v1/merchants/m1/config/revert' },
];
const target = fc.constantFrom(...targets);

/** Requests that are right: what they turn into when one value in them is replaced reaches further than noise does. */
const rightRequests: readonly { readonly where: (typeof targets)[number]; readonly body: object }[] = [
  {
    where: targets[0]!,
    body: { ...open, sessionId: OTHER_SESSION, externalId: 'x', occurredAt: '2026-03-01T10:00:00Z' },
  },
  { where: targets[0]!, body: { merchantId: 'm2', openedBy: 'agent', agentId: 'a17' } },
  { where: targets[1]!, body: { ...buyer(2), occurredAt: '2026-03-01T10:00:00Z', onClosed: 'open-new' } },
  { where: targets[1]!, body: { ...agent(), expectedRevision: 1 } },
  {
    where: targets[1]!,
    body: { events: [buyer(), agent(4), { type: 'queued', data: { queueId: 'q' } }], onClosed: 'open-new' },
  },
  { where: targets[2]!, body: { type: 'closed', data: { reason: 'by-agent', closedBy: { role: 'buyer', id: 'b1' } } } },
  { where: targets[3]!, body: { buyerReplyMinutes: 50 } },
  { where: targets[4]!, body: { buyerReplyMinutes: 50 } },
  { where: targets[5]!, body: { toVersion: 1 } },
];

const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.double(),
  fc.constantFrom('20', '', '\0', '__proto__', 'constructor', 'toString', SESSION, OTHER_SESSION, uuid(2)),
  fc.constantFrom(-1, 2 ** 53, 1e308, -0, 253_402_300_800_000),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);

/** Every place in a value, as the names and indexes that lead there. */
const placesOf = (value: unknown, here: readonly string[] = []): (readonly string[])[] => [
  here,
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => placesOf(inner, [...here, name]))
    : []),
];

const replaced = (value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown => {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((inner: unknown, i) => (String(i) === name ? replaced(inner, rest, by) : inner));
  const fields = value as Record<string, unknown>;
  return { ...fields, [name]: replaced(fields[name], rest, by) };
};

const almostRight = fc
  .constantFrom(...rightRequests)
  .chain(({ where, body }) =>
    fc.record({
      where: fc.oneof({ weight: 9, arbitrary: fc.constant(where) }, target),
      body: fc.constant(body),
      place: fc.constantFrom(...placesOf(body)),
      by: fc.option(oddValue, { freq: 4, nil: undefined }),
      more: fc.option(fc.string(), { freq: 2 }),
    }),
  )
  .map(({ where, body, place, by, more }) => {
    const changed = by === undefined ? body : replaced(body, place, by);
    const isObject = typeof changed === 'object' && changed !== null && !Array.isArray(changed);
    return { ...where, json: isObject && more !== null && by !== undefined ? { ...changed, [more]: by } : changed };
  });

describe('no body takes the server down', () => {
  it('that is almost right', () => fc.assert(fc.asyncProperty(almostRight, expectServed), runs));
  it('that is any JSON', () =>
    fc.assert(
      fc.asyncProperty(target, fc.json({ maxDepth: 20 }), (where, bytes) =>
        expectServed({ ...where, bytes, headers: { 'content-type': 'application/json' } }),
      ),
      runs,
    ));
  it('that is any bytes', () =>
    fc.assert(
      fc.asyncProperty(target, fc.uint8Array({ maxLength: 200 }), (where, bytes) =>
        expectServed({ ...where, bytes, headers: { 'content-type': 'application/json' } }),
      ),
      runs,
    ));
});

describe('no address takes the server down', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];
  const piece = fc.oneof(
    fc.constantFrom(
      'v1',
      'sessions',
      'merchants',
      'config',
      'events',
      'queue',
      SESSION,
      'm1',
      '..',
      '.',
      '',
      '%',
      '%00',
      '%2f',
      '%ff',
    ),
    fc.string({ maxLength: 20 }).map(encodeURIComponent),
    fc.webPath(),
  );
  const query = fc.oneof(fc.constant(''), fc.webQueryParameters(), fc.webUrl().map(encodeURIComponent));
  it('whatever stands in it', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.array(piece, { maxLength: 6 }),
        query,
        (method, pieces, parameters) => expectServed({ method, path: `/${pieces.join('/')}?${parameters}` }),
      ),
      runs,
    ));
});
