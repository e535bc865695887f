import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as w from './lib/process.js';

// Processes of their own, on machines that have other things to do.
jest.setTimeout(300_000);

beforeAll(w.ensureBuilt);
afterEach(w.cleanUp);

const pem = (name: string): string => fileURLToPath(new URL(`lib/tls/${name}.pem`, import.meta.url));
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** As an operator calls it: the password on standard input. */
const gatewayUser = (
  name: string,
  role: string,
  password: string,
): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'gateway-user', name, '--role', role], {
    input: password,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
};

describe('lapse gateway-user', () => {
  it('prints one line with the hash, another one each time, and never the password', () => {
    const [one, other] = [1, 2].map(() => gatewayUser('chat', 'chat-service', 'correct horse\n'));
    for (const { code, out, err } of [one!, other!]) {
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^\{.*\}\n$/);
      expect(JSON.parse(out)).toEqual({
        name: 'chat',
        role: 'chat-service',
        passwordHash: expect.stringMatching(/^\$scrypt\$ln=14,r=8,p=1\$/),
      });
      expect(out).not.toContain('horse');
    }
    expect(one!.out).not.toBe(other!.out);
  });

  it.each([
    ['a role that there is not', 'chat', 'merchant-main', 'correct horse', 'platform, chat-service, analyst'],
    ['a name with a colon', 'a:b', 'analyst', 'correct horse', 'none of them a colon'],
    ['no password', 'ana', 'analyst', '', '8 to 1024 characters'],
    ['a short one', 'ana', 'analyst', 'horse\n', '8 to 1024 characters'],
  ])('refuses %s', (_what, name, role, password, message) => {
    const { code, out, err } = gatewayUser(name, role, password);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});

describe('lapse serve --eventstoredb-port', () => {
  it('serves users over TLS: what it prints is what a client connects to', async () => {
    const users = join(w.tempFolder(), 'users.ndjson');
    const lines = ['chat-service', 'analyst'].map((role) => gatewayUser(role, role, 'correct horse').out);
    writeFileSync(users, lines.join(''));
    const flags = ['--eventstoredb-port', '0', '--eventstoredb-host', 'localhost', '--eventstoredb-users', users];
    const tls = ['--eventstoredb-tls-cert', pem('server'), '--eventstoredb-tls-key', pem('server-key')];
    const { process } = await w.serve(w.tempFolder(), ...flags, ...tls);
    const [, url] = await process.says(/ {2}log {7}(esdb:\/\/USER:PASSWORD@localhost:\d+), for any/);
    const clientOf = (user: string): EventStoreDBClient =>
      EventStoreDBClient.connectionString(
        `${url?.replace('USER', user).replace('PASSWORD', 'correct horse')}?tlsCAFile=${pem('authority')}`,
      );
    const [chat, analyst] = [clientOf('chat-service'), clientOf('analyst')];
    const stream = 'session-01J9ZQ4T8V3M6N2K5R7W1X0Y9B';
    const data = { occurredAt: new Date().toISOString(), merchantId: 'm1', openedBy: 'buyer' };
    await chat.appendToStream(stream, jsonEvent({ type: 'opened', data }), { expectedRevision: 'no_stream' });
    await expect(analyst.appendToStream(stream, jsonEvent({ type: 'x', data: {} }))).rejects.toMatchObject({
      type: 'access-denied',
    });
    const types = new Set<string>();
    for await (const { event } of analyst.subscribeToStream(stream)) {
      types.add(event?.type ?? '');
      if (types.has('config-version')) break;
    }
    expect([...types]).toEqual(['opened', 'config-version']);
    await Promise.all([chat.dispose(), analyst.dispose()]);
  });

  it('is told why it does not start, by a code, and leaves the folder free', async () => {
    const dataDir = w.tempFolder();
    const serve = ['serve', '--port', '0', '--data-dir', dataDir, '--eventstoredb-port', '0'];
    const open = await w.lapse([...serve, '--eventstoredb-host', '0.0.0.0']);
    expect({ code: open.code, out: open.out }).toEqual({ code: 1, out: '' });
    expect(open.err).toMatch(/^lapse: gateway-open-to-anyone: 0\.0\.0\.0 is reached from other machines/);
    const torn = await w.lapse([...serve, '--eventstoredb-tls-cert', pem('server')]);
    expect(torn.err).toMatch(/^lapse: gateway-tls-incomplete: /);
    expect(existsSync(join(dataDir, 'server.json'))).toBe(false);
  });

  it('takes its settings from the environment too, and other verbs do not serve because of them', async () => {
    const dataDir = w.tempFolder();
    const env = { LAPSE_EVENTSTOREDB_PORT: '0', LAPSE_EVENTSTOREDB_HOST: '0.0.0.0' };
    const refused = await w.lapse(['serve', '--port', '0', '--data-dir', dataDir], { env });
    expect(refused.err).toContain('gateway-open-to-anyone');
    const opened = await w.lapse(['open', '--merchant', 'm1', '--data-dir', dataDir], { env });
    expect({ code: opened.code, err: opened.err }).toEqual({ code: 0, err: '' });
    const allowed = await w.lapse(['projections', '--data-dir', dataDir], {
      env: { ...env, LAPSE_EVENTSTOREDB_ALLOW_ANYONE: 'perhaps' },
    });
    expect({ code: allowed.code, err: allowed.err }).toEqual({
      code: 2,
      err: 'lapse: usage: the configuration is not valid: eventstoredbAllowAnyone: must be true or false\n',
    });
  });
});
