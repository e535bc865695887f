import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Problem } from '@lapse/api';
import { buyer, eventsPath, expectProblem, newWorld, open, SESSION, type Question, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await newWorld();
  await world.post('/v1/sessions', open);
});
afterAll(async () => {
  // Nothing a stranger sends is a fault of ours.
  expect(world.log).toEqual([]);
  await world.close();
});

type Case = readonly [what: string, status: number, code: Problem['code'], question: Question];
const json = { 'content-type': 'application/json' };
const body = (bytes: string | Uint8Array, headers: Record<string, string> = json): Question => ({
  method: 'POST',
  path: eventsPath(),
  bytes,
  headers,
});
const event = (more: unknown): Question => ({
  method: 'POST',
  path: eventsPath(),
  json: { ...buyer(), ...(more as object) },
});
const data = (fields: unknown): Question => event({ data: fields });
const nested = (depth: number): string => `{"type":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
const withByte = (byte: number): Uint8Array =>
  Buffer.concat([
    Buffer.from('{"type":"message-from-buyer","data":{"messageId":"'),
    Buffer.from([byte]),
    Buffer.from('"}}'),
  ]);

const bodies: Case[] = [
  ['an empty body', 400, 'bad-json', body('')],
  ['spaces only', 400, 'bad-json', body('  \n ')],
  ['half an object', 400, 'bad-json', body('{"type":"queued"')],
  ['two objects', 400, 'bad-json', body('{"type":"queued"}{"type":"queued"}')],
  ['a trailing comma', 400, 'bad-json', body('{"type":"queued",}')],
  ['NaN', 400, 'bad-json', body('{"type":"message-from-buyer","data":{"length":NaN}}')],
  ['a comment', 400, 'bad-json', body('{"type":"queued"/* */}')],
  ['a bare 0xff', 400, 'bad-encoding', body(withByte(0xff))],
  ['a lone continuation byte', 400, 'bad-encoding', body(withByte(0x80))],
  ['an overlong slash', 400, 'bad-encoding', body(Buffer.from('{"type":"\xc0\xaf"}', 'latin1'))],
  ['a surrogate in UTF-8', 400, 'bad-encoding', body(Buffer.from('{"type":"\xed\xa0\x80"}', 'latin1'))],
  ['a body cut in a character', 400, 'bad-encoding', body(Buffer.from('{"type":"\xe2\x82', 'latin1'))],
  ['UTF-16', 400, 'bad-encoding', body(Buffer.from('\ufeff{"type":"queued"}', 'utf16le'))],
  [
    'half a surrogate pair, escaped',
    400,
    'bad-json',
    body('{"type":"message-from-buyer","data":{"messageId":"\\ud800"}}'),
  ],
  ['a name twice', 400, 'bad-json', body('{"type":"queued","type":"closed"}')],
  ['a name twice, once escaped', 400, 'bad-json', body('{"type":"queued","t\\u0079pe":"closed"}')],
  ['a name twice, deep inside', 400, 'bad-json', body('{"events":[{"type":"queued","data":{"a":1,"a":1}}]}')],
  ['__proto__', 400, 'bad-json', body('{"__proto__":{"type":"queued"}}')],
  ['__proto__, escaped', 400, 'bad-json', body('{"\\u005f_proto__":{"type":"queued"}}')],
  ['nesting beyond the limit', 400, 'bad-json', body(nested(17))],
  ['nesting of 100 000', 400, 'bad-json', body(nested(100_000))],
  ['nesting that is never closed', 400, 'bad-json', body('['.repeat(500_000))],
  ['constructor', 422, 'unknown-field', body('{"type":"queued","constructor":{"prototype":{}}}')],
  [
    'a thousand unknown fields',
    422,
    'unknown-field',
    event(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`f${i}`, i]))),
  ],
  ['an unknown field with a long name', 422, 'unknown-field', event({ ['x'.repeat(100_000)]: 1 })],
  ['an unknown field in the data', 422, 'unknown-field', data({ text: 'hello' })],
  ['the text of a message', 422, 'unknown-field', event({ text: 'hello' })],
  ['an array', 422, 'bad-value', body('[]')],
  ['null', 422, 'bad-value', body('null')],
  ['a text', 422, 'bad-value', body('"queued"')],
  ['a number', 422, 'bad-value', body('20')],
  ['an empty object', 422, 'bad-value', body('{}')],
  ['an empty batch', 422, 'bad-value', body('{"events":[]}')],
  ['a batch that is no list', 422, 'bad-value', body('{"events":{"0":{}}}')],
  ['a batch and an event at once', 422, 'unknown-field', event({ events: [buyer()] })],
  ['a batch of batches', 422, 'bad-value', body('{"events":[{"events":[]}]}')],
  ['an unknown type', 422, 'bad-value', event({ type: 'exploded' })],
  ['opened, which has its own route', 422, 'bad-value', event({ type: 'opened' })],
  ['config-version, which is never sent', 422, 'bad-value', event({ type: 'config-version' })],
  ['a type of another kind', 422, 'bad-value', event({ type: 7 })],
  ['toString as a type', 422, 'bad-value', event({ type: 'toString' })],
  ['a number as text', 422, 'bad-value', data({ length: '20' })],
  ['a negative length', 422, 'bad-value', data({ length: -1 })],
  ['a broken length', 422, 'bad-value', data({ length: 1.5 })],
  [
    'a length that no number carries exactly',
    422,
    'bad-value',
    body('{"type":"message-from-buyer","data":{"length":9007199254740993}}'),
  ],
  ['an infinite length', 422, 'bad-value', body('{"type":"message-from-buyer","data":{"length":1e999}}')],
  ['data of another kind', 422, 'bad-value', data([])],
  ['data null', 422, 'bad-value', data(null)],
  ['a sender with a space', 422, 'bad-value', data({ senderId: 'b 1' })],
  ['a sender with a line break', 422, 'bad-value', data({ senderId: 'b1\n' })],
  ['an empty sender', 422, 'bad-value', data({ senderId: '' })],
  ['a sender of 65 characters', 422, 'bad-value', data({ senderId: 'b'.repeat(65) })],
  ['a message id of 257 characters', 422, 'bad-value', data({ messageId: 'm'.repeat(257) })],
  ['automated of a buyer', 422, 'unknown-field', data({ automated: true })],
  ['automated as text', 422, 'bad-value', event({ type: 'message-from-agent', data: { automated: 'yes' } })],
  ['an id that is none', 422, 'bad-value', event({ id: 'x' })],
  ['the id of zeros', 422, 'bad-value', event({ id: '00000000-0000-0000-0000-000000000000' })],
  ['a ULID beyond 128 bits', 422, 'bad-value', event({ id: '8ZZZZZZZZZZZZZZZZZZZZZZZZZ' })],
  ['a time without an offset', 422, 'bad-value', event({ occurredAt: '2026-03-01T10:00:00' })],
  ['a day that is not', 422, 'bad-value', event({ occurredAt: '2026-02-30T10:00:00Z' })],
  ['a time as a number', 422, 'bad-value', event({ occurredAt: 1772359200000 })],
  ['a time in the year 10000', 422, 'bad-value', event({ occurredAt: '+010000-01-01T00:00:00Z' })],
  ['a time far in the future', 422, 'in-the-future', event({ occurredAt: '9999-12-31T23:59:59.999Z' })],
  ['a revision as text', 422, 'bad-value', event({ expectedRevision: '1' })],
  ['revision -1', 422, 'bad-value', event({ expectedRevision: -1 })],
  ['a revision beyond exact numbers', 422, 'bad-value', event({ expectedRevision: 2 ** 60 })],
  ['an unknown onClosed', 422, 'bad-value', event({ onClosed: 'reopen' })],
  ['a body beyond the limit', 413, 'body-too-large', body(`{"type":"${'x'.repeat(1_048_576)}"}`)],
];

const contentTypes: Case[] = [
  ['no content type', 415, 'unsupported-content-type', body('{"type":"queued"}', {})],
  ['text', 415, 'unsupported-content-type', body('{"type":"queued"}', { 'content-type': 'text/plain' })],
  [
    'a form',
    415,
    'unsupported-content-type',
    body('type=queued', { 'content-type': 'application/x-www-form-urlencoded' }),
  ],
  [
    'a multipart form',
    415,
    'unsupported-content-type',
    body('--x--', { 'content-type': 'multipart/form-data; boundary=x' }),
  ],
  ['XML', 415, 'unsupported-content-type', body('<queued/>', { 'content-type': 'application/xml' })],
  [
    'JSON of another kind',
    415,
    'unsupported-content-type',
    body('{}', { 'content-type': 'application/merge-patch+json' }),
  ],
  [
    'two types at once',
    415,
    'unsupported-content-type',
    body('{}', { 'content-type': 'application/json, text/plain' }),
  ],
  ['a content type that is none', 415, 'unsupported-content-type', body('{}', { 'content-type': '///' })],
  ['Latin-1', 415, 'unsupported-content-type', body('{}', { 'content-type': 'application/json; charset=iso-8859-1' })],
  [
    'UTF-16 by its name',
    415,
    'unsupported-content-type',
    body('{}', { 'content-type': 'application/json;charset="UTF-16"' }),
  ],
  ['a compressed body', 415, 'unsupported-content-type', body('{}', { ...json, 'content-encoding': 'gzip' })],
];

const at = (path: string, method = 'GET'): Question => ({ method, path });
const addresses: Case[] = [
  ['an unknown route', 404, 'no-such-route', at('/v1/nothing')],
  ['the root', 404, 'no-such-route', at('/')],
  ['a session without an id', 422, 'bad-value', at('/v1/sessions/')],
  ['a route with two slashes', 404, 'no-such-route', at('//v1/sessions')],
  ['a route in capitals', 404, 'no-such-route', at('/V1/Sessions')],
  ['an unknown route with a broken body', 404, 'no-such-route', { ...body('{'), path: '/v1/nothing' }],
  ['a way out of the tree', 404, 'no-such-route', at('/v1/sessions/../../etc/passwd')],
  ['an id of two dots', 422, 'bad-value', at('/v1/sessions/..')],
  ['an escaped way out', 422, 'bad-value', at('/v1/sessions/..%2f..%2fetc%2fpasswd')],
  ['a zero byte', 422, 'bad-value', at('/v1/sessions/%00')],
  ['a zero byte behind an id', 422, 'bad-value', at(`/v1/sessions/${SESSION}%00`)],
  ['a line break behind an id', 422, 'bad-value', at(`/v1/sessions/${SESSION}%0a`)],
  ['an id in lower case', 422, 'bad-value', at(`/v1/sessions/${SESSION.toLowerCase()}`)],
  ['an id that is too long', 422, 'bad-value', at(`/v1/sessions/${'A'.repeat(100)}`)],
  ['an id beyond what a router takes', 414, 'url-too-long', at(`/v1/sessions/${'A'.repeat(1_025)}`)],
  ['half an escape', 400, 'bad-url', at('/v1/sessions/%')],
  ['an escape of other digits', 400, 'bad-url', at('/v1/sessions/%zz')],
  ['an escape that is no UTF-8', 400, 'bad-url', at('/v1/sessions/%ff')],
  ['__proto__ as an id', 422, 'bad-value', at('/v1/sessions/__proto__')],
  ['an id with $ in front', 422, 'bad-value', at('/v1/merchants/$all/config')],
  ['a merchant with a space', 422, 'bad-value', at('/v1/merchants/a%20b/config')],
  ['a merchant of 65 characters', 422, 'bad-value', at(`/v1/merchants/${'m'.repeat(65)}/config`)],
  ['a merchant with an emoji', 422, 'bad-value', at('/v1/merchants/%F0%9F%98%80/config')],
  ['an unknown parameter', 422, 'unknown-field', at(`${eventsPath()}?from=1`)],
  ['__proto__ as a parameter', 422, 'unknown-field', at(`${eventsPath()}?__proto__=1`)],
  ['a parameter twice', 422, 'bad-value', at(`${eventsPath()}?limit=1&limit=2`)],
  ['a limit of none', 422, 'bad-value', at(`${eventsPath()}?limit=0`)],
  ['a limit beyond the page', 422, 'bad-value', at(`${eventsPath()}?limit=1001`)],
  ['a limit in words', 422, 'bad-value', at(`${eventsPath()}?limit=ten`)],
  ['an empty limit', 422, 'bad-value', at(`${eventsPath()}?limit=`)],
  ['a revision below zero', 422, 'bad-value', at(`${eventsPath()}?fromRevision=-1`)],
  ['a revision in hexadecimal', 422, 'bad-value', at(`${eventsPath()}?fromRevision=0x1`)],
  ['a revision of sixteen digits', 422, 'bad-value', at(`${eventsPath()}?fromRevision=9999999999999999`)],
  ['broken escapes in a query', 422, 'bad-value', at(`${eventsPath()}?limit=%`)],
];

const methods: Case[] = [
  ['GET of a command', 405, 'method-not-allowed', at('/v1/merchants/m1/config/rollout')],
  ['HEAD of a command', 405, 'method-not-allowed', at('/v1/merchants/m1/config/rollout', 'HEAD')],
  ['DELETE of a session', 405, 'method-not-allowed', at(`/v1/sessions/${SESSION}`, 'DELETE')],
  ['PATCH of a session', 405, 'method-not-allowed', at(`/v1/sessions/${SESSION}`, 'PATCH')],
  [
    'PUT of a session with a broken body',
    405,
    'method-not-allowed',
    { ...body('{', {}), method: 'PUT', path: '/v1/sessions' },
  ],
  ['POST of a config', 405, 'method-not-allowed', at('/v1/merchants/m1/config', 'POST')],
  ['OPTIONS', 405, 'method-not-allowed', at('/v1/sessions', 'OPTIONS')],
  ['TRACE', 405, 'method-not-allowed', at('/v1/sessions', 'TRACE')],
  ['POST of a health check', 405, 'method-not-allowed', at('/livez', 'POST')],
  ['a method from elsewhere', 404, 'no-such-route', at('/v1/sessions', 'PROPFIND')],
];

const hostile = (title: string, cases: Case[]): void =>
  describe(title, () => {
    it.each(cases)('%s is refused with %i %s', async (_what, status, code, question) => {
      const answer = await world.ask(question);
      if (question.method === 'HEAD') expect(answer.status).toBe(status);
      else expectProblem(answer, status, code);
      expect(answer.text.length).toBeLessThan(4_000);
    });
  });

hostile('a body', bodies);
hostile('a content type', contentTypes);
hostile('an address', addresses);
hostile('a method', methods);

describe('a refusal', () => {
  it('of a method names the methods that are taken', async () => {
    const answer = await world.ask({ method: 'DELETE', path: '/v1/sessions' });
    expect(answer.headers.allow?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  });
  it('lists where the request is wrong, ten places at most', async () => {
    const events = Array.from({ length: 100 }, () => ({ type: 'queued', data: { queueId: 7 } }));
    const answer = await world.ask({ method: 'POST', path: eventsPath(), json: { events } });
    const { errors } = expectProblem(answer, 422, 'bad-value');
    expect(errors).toHaveLength(10);
    expect(errors?.[9]?.at).toBe('body.events.9.data.queueId');
  });
  it('carries the correlation id that was sent, and one of its own for an id that no header may echo', async () => {
    const ask = (id: string) => world.ask({ path: '/v1/nothing', headers: { 'x-correlation-id': id } });
    expect((await ask('abc-123')).headers['x-correlation-id']).toBe('abc-123');
    for (const id of ['with space', 'x'.repeat(129), '', 'caf\u00e9']) {
      expect((await ask(id)).headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
  it('leaves nothing behind', async () => {
    const { events } = (await world.get(eventsPath())).body as { events: unknown[] };
    expect(events).toHaveLength(2);
    expect(Object.hasOwn(Object.prototype, 'type')).toBe(false);
  });
});

describe('what looks odd but is right', () => {
  it.each([
    ['a charset of UTF-8', { 'content-type': 'application/json; charset=UTF-8' }],
    ['a content type in capitals', { 'content-type': 'Application/JSON' }],
    ['a parameter that nobody knows', { 'content-type': 'application/json; v=1' }],
    ['no compression, said so', { ...json, 'content-encoding': 'identity' }],
  ])('%s is taken', async (_what, headers) => {
    expect((await world.ask(body('{"type":"queued"}', headers))).status).toBe(201);
  });
  it.each([
    ['a byte order mark', '\ufeff{"type":"queued"}'],
    [
      'characters beyond the first plane',
      '{"type":"message-from-buyer","data":{"messageId":"\u{1F600}\\ud83d\\ude00"}}',
    ],
    ['one name in two objects', '{"events":[{"type":"queued"},{"type":"queued"}]}'],
    ['a text that looks like a name', '{"type":"message-from-buyer","data":{"messageId":"\\"__proto__\\":1"}}'],
  ])('%s is taken', async (_what, text) => {
    expect((await world.ask(body(text))).status).toBe(201);
  });
});
