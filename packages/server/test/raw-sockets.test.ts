import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { problem, type Problem } from '@lapse/api';
import { postJson, rawConnection, request, type RawConnection } from './raw-socket.js';
import { agent, buyer, eventsPath, newWorld, open, type World } from './world.js';

let world: World;
const limits = { headersMs: 300, requestMs: 300, connectionsMax: 4, bodyBytesMax: 4_096 };
beforeEach(async () => {
  world = await newWorld({ server: { limits } });
  await world.post('/v1/sessions', open);
});
afterEach(async () => {
  await world.close();
  expect(world.log).toEqual([]);
});

const connected = (): Promise<RawConnection> => rawConnection(world.port);

/** The problem that a raw answer carries. */
const problemIn = (answer: string): Problem => {
  const [head, body] = answer.split('\r\n\r\n');
  expect(head).toContain('content-type: application/problem+json');
  return problem.parse(JSON.parse(body ?? ''));
};

const answerTo = async (...parts: readonly (string | Uint8Array)[]): Promise<string> => {
  const connection = await connected();
  for (const part of parts) connection.send(part);
  return connection.ended;
};

const expectRefusal = (answer: string, status: number, code: Problem['code']): void => {
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(problemIn(answer)).toMatchObject({ status, code });
};

describe('a slow client', () => {
  it('that never ends its headers is told so and let go', async () => {
    expectRefusal(await answerTo('GET /livez HTTP/1.1\r\nhost: lapse\r\n'), 408, 'request-timeout');
  });
  it('that stops in the middle of its body is told so, and nothing of it is written', async () => {
    const whole = postJson(eventsPath(), buyer(1));
    expectRefusal(await answerTo(whole.slice(0, -10)), 408, 'request-timeout');
    expect(((await world.get(eventsPath())).body as { events: unknown[] }).events).toHaveLength(2);
  });
  it('that sends one byte at a time is served all the same', async () => {
    const connection = await connected();
    for (const letter of request('GET /livez', ['connection: close'])) connection.send(letter);
    expect(await connection.ended).toMatch(/^HTTP\/1.1 200 /);
  });
  it('that leaves in the middle of its body disturbs nobody', async () => {
    const connection = await connected();
    connection.send(postJson(eventsPath(), buyer(1)).slice(0, -10));
    connection.socket.end();
    connection.socket.destroy();
    await connection.ended;
    expect((await world.get('/livez')).status).toBe(200);
  });
});

describe('bytes that are no request', () => {
  it.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a version from elsewhere', 'GET /livez HTTP/9.9\r\n\r\n'],
    ['a space in a header name', 'GET /livez HTTP/1.1\r\nhost: lapse\r\nx y: 1\r\n\r\n'],
    ['a zero byte in a header', 'GET /livez HTTP/1.1\r\nhost: lapse\r\nx: a\0b\r\n\r\n'],
    ['a length that is no number', request('POST /v1/sessions', ['content-length: ten'])],
    ['a negative length', request('POST /v1/sessions', ['content-length: -1'])],
    ['two lengths', request('POST /v1/sessions', ['content-length: 2', 'content-length: 3'], '{}')],
    ['a length and chunks', request('POST /v1/sessions', ['content-length: 2', 'transfer-encoding: chunked'], '{}')],
    [
      'a chunk of no size',
      request('POST /v1/sessions', ['content-type: application/json', 'transfer-encoding: chunked'], 'zz\r\n'),
    ],
    ['no host', 'GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n'],
  ])('%s are refused as bad-request', async (_what, bytes) => {
    expectRefusal(await answerTo(Buffer.from(bytes, 'latin1')), 400, 'bad-request');
  });
  it('headers beyond the limit are refused', async () => {
    const answer = await answerTo(request('GET /livez', [`x: ${'y'.repeat(20_000)}`]));
    expectRefusal(answer, 431, 'headers-too-large');
  });
  it('chunks beyond the limit are refused while they come', async () => {
    const head = request('POST /v1/sessions', ['content-type: application/json', 'transfer-encoding: chunked']);
    const chunk = `400\r\n${' '.repeat(1_024)}\r\n`;
    expectRefusal(await answerTo(head, chunk.repeat(5)), 413, 'body-too-large');
  });
  it('a length beyond the limit is refused before the body has come', async () => {
    const answer = await answerTo(
      request('POST /v1/sessions', ['content-type: application/json', 'content-length: 999999999']),
    );
    expectRefusal(answer, 413, 'body-too-large');
  });
});

describe('what is rare but right', () => {
  it('HTTP/1.0 without a host is served', async () => {
    expect(await answerTo('GET /livez HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });
  it('a body is asked for where the client waits for that', async () => {
    const connection = await connected();
    const whole = postJson(eventsPath(), buyer(1));
    const [head, body] = whole.split('\r\n\r\n') as [string, string];
    connection.send(`${head}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`);
    await connection.until('100 Continue');
    connection.send(body);
    expect(await connection.ended).toContain('HTTP/1.1 201 ');
  });
  it('an expectation that nobody knows is left alone', async () => {
    const answer = await answerTo(request('GET /livez', ['expect: 200-ok', 'connection: close']));
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toContain('x-correlation-id: ');
  });
  it('requests sent ahead on one connection are answered in their order', async () => {
    const connection = await connected();
    connection.send(
      postJson(eventsPath(), buyer(1)) +
        postJson(eventsPath(), agent(2)) +
        request('GET /livez', ['connection: close']),
    );
    const answers = await connection.ended;
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 201', 'HTTP/1.1 201', 'HTTP/1.1 200']);
  });
});

describe('connections', () => {
  it('beyond the limit are let go, and one more is served when another has ended', async () => {
    const kept = [await connected(), await connected(), await connected(), await connected()];
    for (const connection of kept) {
      connection.send(request('GET /livez'));
      await connection.until('alive');
    }
    expect(await (await connected()).ended).toBe('');
    kept[0]?.socket.destroy();
    await kept[0]?.ended;
    let isServed = false;
    for (let attempt = 0; attempt < 100 && !isServed; attempt++) {
      const connection = await connected();
      connection.send(request('GET /livez', ['connection: close']));
      isServed = (await connection.ended).includes('alive');
    }
    expect(isServed).toBe(true);
    for (const connection of kept) connection.socket.destroy();
  });
});
