import { connect, type Socket } from 'node:net';

/** A connection on which a test says exactly what it wants to say. */
export interface RawConnection {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  /** Everything that came, once the server has closed its side. */
  readonly ended: Promise<string>;
  /** Everything that came so far, once it holds `text`. Rejects where the connection ends without it. */
  until(text: string): Promise<string>;
}

export const rawConnection = async (port: number): Promise<RawConnection> => {
  const socket = connect({ host: '127.0.0.1', port });
  let received = '';
  const waiting = new Set<() => void>();
  let isOver = false;
  const wake = (): void => waiting.forEach((look) => look());
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    wake();
  });
  // A reset is one of the ways in which a server may end a connection.
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => {
      isOver = true;
      wake();
      resolve(received);
    });
  });
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    socket,
    send: (text) => void socket.write(text),
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!received.includes(text) && !isOver) return;
          waiting.delete(look);
          if (received.includes(text)) resolve(received);
          else reject(new Error(`the connection ended after ${JSON.stringify(received)}`));
        };
        waiting.add(look);
        look();
      }),
  };
};

export const request = (line: string, headers: readonly string[] = [], body = ''): string =>
  [`${line} HTTP/1.1`, 'host: lapse', ...headers, '', body].join('\r\n');

export const postJson = (path: string, json: unknown): string => {
  const body = JSON.stringify(json);
  return request(
    `POST ${path}`,
    ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`],
    body,
  );
};
