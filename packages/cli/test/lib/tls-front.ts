import { readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';

const fileOf = (name: string): string => fileURLToPath(new URL(`certificate/${name}.pem`, import.meta.url));

/** A certificate for localhost that nobody but itself has signed, made for these tests. */
export const SELF_SIGNED_FILE = fileOf('self-signed');

export interface TlsFront {
  readonly port: number;
  readonly stop: () => void;
}

/** Speaks TLS for a server that does not. */
export const tlsFront = async (towards: number): Promise<TlsFront> => {
  const sockets = new Set<Socket>();
  const [cert, key] = [readFileSync(SELF_SIGNED_FILE), readFileSync(fileOf('self-signed.key'))];
  const server = createServer({ cert, key, ALPNProtocols: ['h2'] }, (outer) => {
    const inner = connect(towards, '127.0.0.1');
    for (const [from, to] of [[outer, inner] as const, [inner, outer] as const]) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, stop };
};
