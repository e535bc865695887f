import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NO_STREAM, type EventToAppend } from '@lapse/store';
import { openOver, type Opened } from './support/ambient.js';
import { codeOf, event, events, NO_BYTES, wholeStream } from './support/events.js';
import { FaultServer } from './support/fault-server.js';

let server: FaultServer;
let store: Opened;

beforeAll(async () => {
  server = await new FaultServer().start();
  store = openOver(server.connectionString()).store;
});

afterAll(async () => {
  await store.close();
  await server.stop();
});

const requests = (): number => {
  const { classicAppends, batchAppends, features } = server.counts;
  return classicAppends + batchAppends + features + server.reads.reads;
};

/** The code that the call is refused with, having sent nothing. */
const refused = async (call: () => Promise<unknown>): Promise<string> => {
  const before = requests();
  const code = await codeOf(call());
  expect(requests()).toBe(before);
  return code;
};

describe('what is refused before anything is sent', () => {
  it('an append larger than the limit, with its size and the limit in the error; one of exactly the limit passes', async () => {
    const sized = (bytes: number): EventToAppend =>
      event({ type: 'abcd', data: new Uint8Array(bytes - 8 - 100), metadata: new Uint8Array(100) });
    await expect(refused(() => store.append('big', [sized(1_048_577)], NO_STREAM))).resolves.toBe('append-too-large');
    await expect(store.append('big', [sized(1_048_577)], NO_STREAM)).rejects.toThrow(/1048577.*1048576/);
    await expect(store.append('big', [sized(1_048_576)], NO_STREAM)).resolves.toMatchObject({ kind: 'appended' });
    const { store: small } = openOver(server.connectionString(), { limits: { appendBytesMax: 500 } });
    await expect(refused(() => small.append('small', [sized(501)], NO_STREAM))).resolves.toBe('append-too-large');
    await expect(small.append('small', [sized(500)], NO_STREAM)).resolves.toMatchObject({ kind: 'appended' });
    await small.close();
  });

  it.each(['', 'x', '00000000-0000-0000-0000-000000000000', 'ABCDEF01-2345-4789-8ABC-DEF012345678', '{0190f3c2}'])(
    'the event id %j, with appends beside it unharmed',
    async (id) => {
      const beside = store.append(`beside-${id}`, events(1), NO_STREAM);
      await beside;
      await expect(refused(() => store.append('ids', [event(), event({ id })], 'any'))).resolves.toBe('bad-event-id');
    },
  );

  it.each(['', '$metadata', '$>', 'a\u0000b'])('the event type %j', async (type) => {
    await expect(refused(() => store.append('types', [event({ type })], 'any'))).resolves.toBe('bad-event-type');
  });

  it.each(['$$', '', '$x', '$$meta', 'a\nb', 'a\u0000', '\ud800'])('the stream name %j', async (name) => {
    await expect(refused(() => store.append(name, events(1), 'any'))).resolves.toBe('bad-stream-name');
    await expect(refused(() => store.append(name, [], 'any'))).resolves.toBe('bad-stream-name');
  });

  it.each([-2, 0.5, Number.NaN, 2 ** 53, -1n, '0'])('the expected revision %p', async (expected) => {
    await expect(refused(() => store.append('revisions', events(1), expected as number))).resolves.toBe('bad-revision');
  });

  it('payloads that are no bytes: text, nothing, objects with a cycle or a BigInt', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const data of ['text', undefined, null, cycle, { big: 1n }, 1n, new Uint16Array(2)]) {
      const bad = { ...event(), data } as unknown as EventToAppend;
      await expect(refused(() => store.append('payloads', [bad], 'any'))).resolves.toBe('bad-content');
      const alsoBad = { ...event(), metadata: data } as unknown as EventToAppend;
      await expect(refused(() => store.append('payloads', [alsoBad], 'any'))).resolves.toBe('bad-content');
    }
  });

  it('positions that are none', async () => {
    for (const after of ['', '1', '1/', '/1', '1/2/3', '-1/0', '01/1', '18446744073709551616/0', '1/1 ', '1/1\n']) {
      const position = after as 'start';
      await expect(refused(() => store.readAll({ after: position }))).resolves.toBe('bad-position');
      await expect(refused(() => store.subscribe({ after: position }).next())).resolves.toBe('bad-position');
    }
  });
});

describe('a stream prefix', () => {
  it('separates what shares one log: names, pages, heads and identities', async () => {
    const [red, blue] = ['red-', 'blue-'].map(
      (streamPrefix) => openOver(server.connectionString(), { streamPrefix }).store,
    ) as [Opened, Opened];
    await red.append('s', events(2), NO_STREAM);
    await blue.append('s', events(3), NO_STREAM);
    expect(await wholeStream(red, 's')).toHaveLength(2);
    expect((await wholeStream(red, 's')).map(({ stream }) => stream)).toEqual(['s', 's']);
    expect((await red.readAll({ after: 'start' })).size).toBe(2);
    expect((await blue.readAll({ after: 'start' })).size).toBe(3);
    expect(await red.headPosition()).not.toBe(await blue.headPosition());
    expect(await red.identity()).not.toBe(await blue.identity());
    expect(server.log.stream('red-s')).toHaveLength(2);
    await Promise.all([red.close(), blue.close()]);
  });

  it('that the server keeps for itself is refused', () => {
    for (const streamPrefix of ['$', '$$', 'a\n', 'x'.repeat(65)]) {
      expect(() => openOver(server.connectionString(), { streamPrefix })).toThrow(
        expect.objectContaining({ code: 'bad-stream-name' }),
      );
    }
  });
});

describe('an empty append', () => {
  it('sends no append: a node would take one at any revision for a write and bring a deleted stream back', async () => {
    const before = server.counts.batchAppends + server.counts.classicAppends;
    await expect(store.append('nobody', [], 'any')).resolves.toMatchObject({ kind: 'appended', lastRevision: -1 });
    expect(server.counts.batchAppends + server.counts.classicAppends).toBe(before);
    expect(NO_BYTES.byteLength).toBe(0);
  });
});
