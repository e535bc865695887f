import { createHash, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hashPassword, SALT_BYTES, type Engine } from '../src/index.js';
import * as w from './lib/world.js';

afterEach(w.cleanUp);

const { T0 } = w;
const pem = (name: string): string => fileURLToPath(new URL(`lib/tls/${name}.pem`, import.meta.url));
const TLS = { eventstoredbTlsCert: pem('server'), eventstoredbTlsKey: pem('server-key') };
const DENIED = { type: 'access-denied' };
const SESSION = `session-${w.sessionId(1)}`;

const fileWith = (text: string): string => {
  const file = join(w.tempFolder(), 'users.ndjson');
  writeFileSync(file, text);
  return file;
};

let lines: string[] = [];
beforeAll(async () => {
  const users = [
    ['root', 'platform'],
    ['chat', 'chat-service'],
    ['ana', 'analyst'],
  ] as const;
  lines = await Promise.all(
    users.map(async ([name, role]) => {
      const salt = createHash('sha256').update(name).digest().subarray(0, SALT_BYTES);
      return JSON.stringify({ name, role, passwordHash: await hashPassword(`${name}'s päss:word`, salt) });
    }),
  );
});

const engineWith = (config: object): Promise<Engine> =>
  w.newEngine(w.tempFolder(), { nowMs: T0 }, { config: { eventstoredbPort: 0, ...config } });

const servedToUsers = (): Promise<Engine> => engineWith({ ...TLS, eventstoredbUsers: fileWith(lines.join('\n')) });

const connectionAs = (engine: Engine, name: string, password = `${name}'s päss:word`): string =>
  `esdb://${encodeURIComponent(name)}:${encodeURIComponent(password)}@localhost:${engine.gateway?.address.port}?tlsCAFile=${pem('authority')}`;

/** The official client, with one user of its own for each connection. */
const clientAs = (engine: Engine, name: string, password?: string): EventStoreDBClient =>
  EventStoreDBClient.connectionString(connectionAs(engine, name, password));

const opened = () =>
  jsonEvent({
    type: 'opened',
    data: { occurredAt: new Date(T0).toISOString(), merchantId: 'm1', openedBy: 'buyer' },
  });

const count = async (events: AsyncIterable<unknown>): Promise<number> => {
  let number = 0;
  for await (const _event of events) number += 1;
  return number;
};

describe('users of the gateway, over TLS with the official client', () => {
  it('may do what their role may: a chat service appends to sessions and reads, an analyst reads, the platform does both', async () => {
    const engine = await servedToUsers();
    const [root, chat, ana] = ['root', 'chat', 'ana'].map((name) => clientAs(engine, name)) as [
      EventStoreDBClient,
      EventStoreDBClient,
      EventStoreDBClient,
    ];
    await chat.appendToStream(SESSION, opened(), { expectedRevision: 'no_stream' });
    for (const client of [root, chat, ana]) {
      expect(await count(client.readStream(SESSION))).toBe(1);
      expect(await count(client.readAll())).toBeGreaterThan(0);
    }
    const other = [opened()];
    for (const stream of ['merchant-m1', 'ops-keys', 'somebody-elses', 'session-no-ulid', '$$somebody-elses']) {
      await expect(chat.appendToStream(stream, other)).rejects.toMatchObject(DENIED);
      await expect(ana.appendToStream(stream, other)).rejects.toMatchObject(DENIED);
    }
    await expect(ana.appendToStream(SESSION, other)).rejects.toMatchObject(DENIED);
    await root.appendToStream('somebody-elses', other);
    await root.setStreamMetadata('somebody-elses', { maxCount: 5 });
    await expect(chat.deleteStream('somebody-elses')).rejects.toMatchObject(DENIED);
    await expect(ana.setStreamMetadata('somebody-elses', { maxCount: 1 })).rejects.toMatchObject(DENIED);
    await root.deleteStream('somebody-elses');
    for (const client of [root, chat, ana]) await client.dispose();
  });

  it('hide nothing of a session, whoever asks: deletes, tombstones and limits are denied to the platform too', async () => {
    const engine = await servedToUsers();
    const root = clientAs(engine, 'root');
    for (const stream of [SESSION, 'merchant-m1', 'ops-keys', 'lapse-store-identity']) {
      await root.appendToStream(stream, jsonEvent({ type: 'x', data: {} }));
      await expect(root.deleteStream(stream)).rejects.toMatchObject(DENIED);
      await expect(root.tombstoneStream(stream)).rejects.toMatchObject(DENIED);
      await expect(root.setStreamMetadata(stream, { maxCount: 1 })).rejects.toMatchObject(DENIED);
      expect(await count(root.readStream(stream))).toBe(1);
    }
    await root.dispose();
  });

  it.each([
    ['a wrong password', 'chat', 'chat'],
    ["another user's password", 'chat', "ana's päss:word"],
    ['a name that nobody has', 'eve', "eve's päss:word"],
  ])(
    '%s opens nothing, for both ways to append and for reads, also after the right one',
    async (_what, name, password) => {
      const engine = await servedToUsers();
      const right = clientAs(engine, 'chat');
      await right.appendToStream(SESSION, opened());
      const wrong = clientAs(engine, name, password);
      const credentials = { username: name, password };
      await expect(wrong.appendToStream(SESSION, opened())).rejects.toMatchObject(DENIED);
      await expect(right.appendToStream(SESSION, opened(), { credentials })).rejects.toMatchObject(DENIED);
      await expect(count(wrong.readStream(SESSION))).rejects.toMatchObject(DENIED);
      await expect(count(wrong.subscribeToAll())).rejects.toMatchObject(DENIED);
      expect(await count(right.readStream(SESSION))).toBe(1);
      for (const client of [right, wrong]) await client.dispose();
    },
  );

  it('without a name nobody may anything, and without TLS nobody gets in', async () => {
    const engine = await servedToUsers();
    const { port } = engine.gateway?.address ?? { port: 0 };
    const nameless = EventStoreDBClient.connectionString(`esdb://localhost:${port}?tlsCAFile=${pem('authority')}`);
    await expect(nameless.appendToStream(SESSION, opened())).rejects.toMatchObject(DENIED);
    await expect(count(nameless.readAll())).rejects.toMatchObject(DENIED);
    const plain = EventStoreDBClient.connectionString(`esdb://localhost:${port}?tls=false`);
    await expect(plain.appendToStream(SESSION, opened())).rejects.toThrow();
    for (const client of [nameless, plain]) await client.dispose();
  });

  it('many calls of one user at once try the password once, and all of them get in', async () => {
    const engine = await servedToUsers();
    const chat = clientAs(engine, 'chat');
    const credentials = { username: 'chat', password: "chat's päss:word" };
    const calls = Array.from({ length: 300 }, () =>
      chat.appendToStream(SESSION, opened(), { credentials, expectedRevision: 'any' }),
    );
    expect((await Promise.all(calls)).every(({ success }) => success)).toBe(true);
    await chat.dispose();
  });

  it('an engine over the wire signs in as the platform and closes what is due', async () => {
    const clock = { nowMs: T0 };
    const users = fileWith(`[${lines.join(',')}]`);
    const server = await w.newEngine(w.tempFolder(), clock, {
      config: { eventstoredbPort: 0, ...TLS, eventstoredbUsers: users },
    });
    const engine = await w.newEngine(w.tempFolder(), clock, { config: { store: connectionAs(server, 'root') } });
    const chat = clientAs(server, 'chat');
    await chat.appendToStream(SESSION, opened(), { expectedRevision: 'no_stream' });
    for (let look = 0; look < 3; look += 1) {
      await w.live(engine.store, engine);
      await engine.timeouts.tick(clock.nowMs);
      clock.nowMs = T0 + 7 * w.HOUR_MS;
    }
    expect((await w.eventsOf(server, 1)).map(({ type }) => type)).toEqual(['opened', 'config-version', 'closed']);
    await chat.dispose();
  });
});

describe('the gateway does not start', () => {
  it.each<[what: string, code: string, message: RegExp, config: () => object]>([
    [
      'where other machines reach it and nobody is asked who he is',
      'gateway-open-to-anyone',
      /^0\.0\.0\.0 is reached from other machines/,
      () => ({ eventstoredbHost: '0.0.0.0' }),
    ],
    [
      'there with TLS alone either',
      'gateway-open-to-anyone',
      /^10\.0\.0\.7 is reached/,
      () => ({ ...TLS, eventstoredbHost: '10.0.0.7' }),
    ],
    [
      'with users whose passwords would be read on their way',
      'gateway-users-need-tls',
      /over TLS alone/,
      () => ({ eventstoredbUsers: fileWith(lines[0]!) }),
    ],
    [
      'with a certificate and no key',
      'gateway-tls-incomplete',
      /both: --eventstoredb-tls-cert/,
      () => ({ eventstoredbTlsCert: TLS.eventstoredbTlsCert }),
    ],
    [
      'with a certificate that is not there',
      'gateway-tls-unusable',
      /^the certificate \/no\/where cannot be read: ENOENT/,
      () => ({ ...TLS, eventstoredbTlsCert: '/no/where' }),
    ],
    [
      'with a certificate that is none',
      'gateway-tls-unusable',
      /holds no certificate in PEM$/,
      () => ({ ...TLS, eventstoredbTlsCert: fileWith('x') }),
    ],
    [
      'with a key that is none',
      'gateway-tls-unusable',
      /holds no private key in PEM/,
      () => ({ ...TLS, eventstoredbTlsKey: TLS.eventstoredbTlsCert }),
    ],
    [
      'with the key of another certificate',
      'gateway-tls-mismatch',
      /is not the private key of/,
      () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return { ...TLS, eventstoredbTlsKey: fileWith(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string) };
      },
    ],
    [
      'with a users file that is not there',
      'gateway-users-unusable',
      /^the users file \/no\/where cannot be read: ENOENT/,
      () => ({ ...TLS, eventstoredbUsers: '/no/where' }),
    ],
    ['with one that is no JSON', 'gateway-users-unusable', /is not JSON/, () => users('secret')],
    ['with one that names nobody', 'gateway-users-unusable', /names no user$/, () => users('')],
    [
      'with a user twice',
      'gateway-users-unusable',
      /names the user root twice$/,
      () => users(`${lines[0]}\n${lines[0]}`),
    ],
    [
      'with a role that there is not',
      'gateway-users-unusable',
      /role: must be one of platform, chat-service, analyst$/,
      () => users(lines[0]!.replace('platform', 'merchant-main')),
    ],
    [
      'with a password as it is typed',
      'gateway-users-unusable',
      /passwordHash: must be what `lapse gateway-user` prints$/,
      () => users('{"name":"a","role":"analyst","passwordHash":"secret"}'),
    ],
    [
      'with a hash so dear that it would stall the server',
      'gateway-users-unusable',
      /passwordHash: must be/,
      () => users(lines[0]!.replace('ln=14', 'ln=20')),
    ],
  ])('%s', async (_what, code, message, config) => {
    const dataDir = w.tempFolder();
    const clock = { nowMs: T0 };
    const started = w.newEngine(dataDir, clock, { config: { eventstoredbPort: 0, ...config() } });
    await expect(started).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(started).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
    // The folder is free again.
    await w.newEngine(dataDir, clock);
  });

  it('but on another address it does where somebody says that anyone may come in', async () => {
    const engine = await engineWith({ eventstoredbHost: '0.0.0.0', eventstoredbAllowAnyone: 'true' });
    const { port } = engine.gateway?.address ?? { port: 0 };
    const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
    await client.appendToStream(SESSION, opened());
    await client.dispose();
  });
});

const users = (text: string): object => ({ ...TLS, eventstoredbUsers: fileWith(text) });

describe('a password hash', () => {
  it('is the same for the same password and salt, and another for another salt', async () => {
    const [one, other] = [Buffer.alloc(SALT_BYTES, 1), Buffer.alloc(SALT_BYTES, 2)];
    const hash = await hashPassword('correct horse', one);
    expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await hashPassword('correct horse', one)).toBe(hash);
    expect(await hashPassword('correct horse', other)).not.toBe(hash);
    expect(await hashPassword('correct hors', one)).not.toBe(hash);
  });
});
