import { describe, expect, it } from '@jest/globals';
import { NO_STREAM } from '@lapse/store';
import { inspectEventStoreDb } from '../src/index.js';
import { openOver, sleep } from './support/ambient.js';
import { event, until } from './support/events.js';
import { SERVE } from './support/fates.js';
import { withServer, type FaultServer } from './support/fault-server.js';
import { certificateFile, tlsFront, type TlsFront } from './support/tls.js';

const CA = `tlsCAFile=${encodeURIComponent(certificateFile('ca'))}`;
const USER_CERTIFICATE = [
  `userCertFile=${encodeURIComponent(certificateFile('user'))}`,
  `userKeyFile=${encodeURIComponent(certificateFile('user.key'))}`,
].join('&');

const withTls = (
  work: (bench: { server: FaultServer; front: TlsFront }) => Promise<void>,
  options: Parameters<typeof tlsFront>[1] = {},
): Promise<void> =>
  withServer(async (server) => {
    const front = await tlsFront(server.proxy.port, options);
    try {
      await work({ server, front });
    } finally {
      await front.stop();
    }
  });

const errorOf = async (connectionString: string): Promise<string | undefined> => {
  const found = await inspectEventStoreDb({ connectionString, nowMs: Date.now, sleep, timeoutMs: 3000 });
  expect(found.nodes).toHaveLength(1);
  return found.nodes[0]!.error;
};

describe('a node that speaks TLS', () => {
  it.each(['localhost', '127.0.0.1'])(
    'is used as %s when its authority is named, and gets user and password with every call',
    (host) =>
      withTls(async ({ server, front }) => {
        const seen = new Set<unknown>();
        server.switches.append = ({ metadata }) => (seen.add(metadata.get('authorization')[0]), SERVE);
        server.switches.read = ({ metadata }) => (seen.add(metadata.get('authorization')[0]), { kind: 'serve' });
        const { store } = openOver(`esdb://me:p%40ss@${host}:${front.port}?${CA}`);
        await expect(store.append('s', [event()], NO_STREAM)).resolves.toMatchObject({ kind: 'appended' });
        await expect(store.readStream('s')).resolves.toMatchObject({ kind: 'page' });
        expect([...seen]).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
        await store.close();
      }),
  );

  it('without a known authority is refused, and the error says what to name', () =>
    withTls(async ({ front }) => {
      expect(await errorOf(`esdb://127.0.0.1:${front.port}`)).toContain('name its authority with tlsCAFile=FILE');
      const { store, troubles } = openOver(`esdb://127.0.0.1:${front.port}`, { deadlines: { appendTotalMs: 3000 } });
      await expect(store.append('s', [event()], NO_STREAM)).rejects.toMatchObject({
        code: 'store-unavailable',
        message: expect.stringContaining('tlsCAFile=FILE'),
      });
      await until('the trouble was told', () => troubles.some(({ message }) => message.includes('tlsCAFile')));
      await store.close();
    }));

  it('without a known authority is used all the same with tlsVerifyCert=false', () =>
    withTls(async ({ front }) => {
      expect(await errorOf(`esdb://127.0.0.1:${front.port}?tlsVerifyCert=false`)).toBeUndefined();
    }));

  it('whose certificate is made out to another name is refused, and the error says so', () =>
    withTls(
      async ({ front }) => {
        expect(await errorOf(`esdb://127.0.0.1:${front.port}?${CA}`)).toContain('made out to another name');
      },
      { certificate: 'stranger' },
    ));

  it('and asks for a certificate of its users gets the one that is named', () =>
    withTls(
      async ({ front }) => {
        expect(await errorOf(`esdb://127.0.0.1:${front.port}?${CA}&${USER_CERTIFICATE}`)).toBeUndefined();
        expect(await errorOf(`esdb://127.0.0.1:${front.port}?${CA}`)).not.toBeUndefined();
      },
      { usersNeedOne: true },
    ));
});

describe('where one side speaks TLS and the other does not', () => {
  it('the error says that the node needs tls=false', () =>
    withServer(async (server) => {
      expect(await errorOf(`esdb://${server.address}`)).toContain('it needs tls=false');
    }));

  it('the error says that the node may want TLS', () =>
    withTls(async ({ front }) => {
      expect(await errorOf(`esdb://127.0.0.1:${front.port}?tls=false`)).toContain('TLS');
    }));
});
