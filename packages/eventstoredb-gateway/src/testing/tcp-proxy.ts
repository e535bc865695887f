import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections open now, and how many there ever were. */
  connections(): number;
  connectionsMade(): number;
  /** Resets every open connection; new ones are taken. */
  cut(): void;
  /** Resets a connection once so many more bytes have come to it from the server. */
  cutAfterBytesFromServer(bytes: number): void;
  /** Connections stay open and nothing gets through, in either direction, until {@link release}. */
  hold(): void;
  release(): void;
  /** Whether new connections are taken. */
  accept(isAccepting: boolean): void;
  /** Where new connections go from now on: a server that came back on another port. */
  retarget(port: number): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

class Proxy implements TcpProxy {
  private readonly pairs = new Set<Pair>();
  private readonly listener = createServer((client) => this.connect(client));
  private made = 0;
  private isHeld = false;
  private isAccepting = true;
  private bytesUntilCut = Number.POSITIVE_INFINITY;

  constructor(private target: number) {}

  listen(): Promise<this> {
    return new Promise((resolve) => this.listener.listen(0, '127.0.0.1', () => resolve(this)));
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  connections(): number {
    return this.pairs.size;
  }

  connectionsMade(): number {
    return this.made;
  }

  cut(): void {
    for (const { client, server } of [...this.pairs]) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  cutAfterBytesFromServer(bytes: number): void {
    this.bytesUntilCut = bytes;
  }

  hold(): void {
    this.isHeld = true;
    for (const { client, server } of this.pairs) {
      client.pause();
      server.pause();
    }
  }

  release(): void {
    this.isHeld = false;
    for (const { client, server } of this.pairs) {
      client.resume();
      server.resume();
    }
  }

  accept(isAccepting: boolean): void {
    this.isAccepting = isAccepting;
  }

  retarget(port: number): void {
    this.target = port;
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  private connect(client: Socket): void {
    if (!this.isAccepting) {
      client.resetAndDestroy();
      return;
    }
    this.made += 1;
    const server = createConnection(this.target, '127.0.0.1');
    const pair = { client, server };
    this.pairs.add(pair);
    client.on('data', (bytes) => this.pass(client, server, bytes));
    server.on('data', (bytes) => {
      this.bytesUntilCut -= bytes.length;
      if (this.bytesUntilCut > 0) this.pass(server, client, bytes);
      else this.cutOne(pair, bytes);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => {
        this.pairs.delete(pair);
        other.destroy();
      });
    }
    if (this.isHeld) this.hold();
  }

  /** The part of the bytes before the cut still gets through: answers are torn in the middle. */
  private cutOne({ client, server }: Pair, bytes: Buffer): void {
    const through = bytes.length + this.bytesUntilCut;
    this.bytesUntilCut = Number.POSITIVE_INFINITY;
    client.write(bytes.subarray(0, through), () => client.resetAndDestroy());
    server.destroy();
  }

  private pass(from: Socket, to: Socket, bytes: Buffer): void {
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => {
      if (!this.isHeld) from.resume();
    });
  }
}

/** Stands between a client and a server on this machine and breaks their connections when a test says so. */
export const createTcpProxy = (targetPort: number): Promise<TcpProxy> => new Proxy(targetPort).listen();
