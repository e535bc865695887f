import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP proxy on loopback: cuts, freezes, refuses and counts what goes through it. */
export class Proxy {
  port = 0;
  /** Connections accepted so far. */
  accepted = 0;
  private server: Server | undefined;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private frozen = false;
  private refusing = false;

  /** `upstream` is asked for each connection; 0 means that nobody listens there now. */
  async listen(upstream: () => number): Promise<void> {
    this.server = createServer((inner) => this.accept(inner, upstream()));
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.pairs.size;
  }

  cutAll(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  /** Existing connections stay open and carry nothing; new ones are accepted and carry nothing. */
  freeze(): void {
    this.frozen = true;
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  thaw(): void {
    this.frozen = false;
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  /** Only the connections of now are frozen, for ever; later ones work. */
  freezeExisting(): void {
    for (const pair of this.pairs) {
      for (const socket of pair) {
        socket.pause();
        socket.removeAllListeners('data');
      }
    }
  }

  refuse(refusing: boolean): void {
    this.refusing = refusing;
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private accept(inner: Socket, port: number): void {
    this.accepted += 1;
    if (this.refusing || port === 0) {
      inner.destroy();
      return;
    }
    const outer = connect(port, '127.0.0.1');
    const pair = [inner, outer] as const;
    this.pairs.add(pair);
    const gone = (): void => {
      this.pairs.delete(pair);
      inner.destroy();
      outer.destroy();
    };
    for (const [from, to] of [pair, [outer, inner]] as const) {
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        if (!to.write(bytes)) {
          from.pause();
          to.once('drain', () => this.frozen || from.resume());
        }
      });
      from.on('error', gone);
      from.on('close', gone);
    }
    if (this.frozen) for (const socket of pair) socket.pause();
  }
}
