import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface ListenerOptions {
  readonly connectionsMax: number;
  readonly onConnection: (socket: Socket) => void;
}

/**
 * The port and its connections. It is not left to grpc-js because that has no way to be rid of a client that does not read:
 * its connection, ended in order, waits for ever for bytes to be taken, and keeps the process alive.
 */
export class Listener {
  private readonly sockets = new Set<Socket>();
  private readonly server;

  constructor({ connectionsMax, onConnection }: ListenerOptions) {
    this.server = createServer({ noDelay: true }, (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      onConnection(socket);
    });
    this.server.maxConnections = connectionsMax;
  }

  /** Resolves with the port; rejects where the address cannot be had. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** No new connections; resolves when the last one is gone. */
  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  destroyConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
