import { readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createServer, type TlsOptions } from 'node:tls';

/** Made for these tests: an authority, a node's certificate for localhost, a user's, and one that is made out to elsewhere. */
export const certificateFile = (name: 'ca' | 'node' | 'node.key' | 'user' | 'user.key' | 'stranger'): string =>
  fileURLToPath(new URL(`certificates/${name}.pem`, import.meta.url));

const pem = (name: string): Buffer => readFileSync(new URL(`certificates/${name}.pem`, import.meta.url));

export interface TlsFront {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Speaks TLS for a server that does not, as a node with a certificate does. */
export const tlsFront = async (
  towards: number,
  { certificate = 'node', usersNeedOne = false }: { certificate?: 'node' | 'stranger'; usersNeedOne?: boolean } = {},
): Promise<TlsFront> => {
  const sockets = new Set<Socket>();
  const options: TlsOptions = {
    cert: pem(certificate),
    key: pem(`${certificate}.key`),
    ca: pem('ca'),
    ALPNProtocols: ['h2'],
    requestCert: usersNeedOne,
    rejectUnauthorized: usersNeedOne,
  };
  const server = createServer(options, (outer) => {
    const inner = connect(towards, '127.0.0.1');
    for (const [a, b] of [[outer, inner] as const, [inner, outer] as const]) {
      sockets.add(a);
      a.pipe(b);
      a.on('error', () => b.destroy());
      a.on('close', () => {
        sockets.delete(a);
        b.destroy();
      });
    }
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};
