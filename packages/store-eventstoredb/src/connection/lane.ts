import type { Client, Metadata } from '@grpc/grpc-js';
import { closedError } from '../errors.js';
import type { Trouble } from '../options.js';
import { manyListeners, type Ambient } from '../time.js';
import type { Address, Failure } from '../wire/failure.js';
import type { ChannelFactory } from './channel.js';
import type { NodePreference } from './connection-string.js';
import type { Discovery } from './discovery.js';
import { serverInfoOf, type ServerInfo } from './server-info.js';

/** After so many deadlines without an answer between them a connection counts as dead, whatever its keepalive says. */
const DEADLINES_IN_A_ROW = 2;

export interface Connection {
  readonly address: Address;
  readonly client: Client;
  /** Aborts when the connection is given up: whoever still waits for an answer on it need not. */
  readonly lost: AbortSignal;
}

export interface Connecting extends Ambient {
  readonly channels: ChannelFactory;
  readonly discovery: Discovery;
  readonly onTrouble: (trouble: Trouble) => void;
}

/**
 * One connection at a time for one purpose, replaced when it fails. Writes, reads and subscriptions each have their own: a
 * node carries 100 calls a connection, and open subscriptions must never starve an append.
 */
export class Lane {
  private current: Promise<Connection> | undefined;
  private opened: (Connection & { readonly giveUp: () => void }) | undefined;
  private readonly infos = new WeakMap<Connection, Promise<ServerInfo>>();
  private readonly stop = manyListeners(new AbortController());
  private deadlines = 0;
  private leader: Address | undefined;

  constructor(
    readonly name: string,
    private readonly preference: NodePreference,
    private readonly connecting: Connecting,
  ) {}

  /** The connection of now, where there is one: asking for it costs nothing. */
  get ready(): Connection | undefined {
    return this.opened;
  }

  /** The connection to use now. Rejects with `store-unavailable` where no node can be found, `store-closed` after {@link close}. */
  async connection(): Promise<Connection> {
    if (this.stop.signal.aborted) throw closedError();
    this.current ??= this.open();
    const { current } = this;
    try {
      return await current;
    } catch (error) {
      if (this.current === current) this.current = undefined;
      throw error;
    }
  }

  metadata(requiresLeader: boolean): Metadata {
    return this.connecting.channels.metadata(requiresLeader);
  }

  /** What the server is; asked once for each connection, and again after a failure: a bad answer is never kept. */
  serverInfo(connection: Connection, timeoutMs: number): Promise<ServerInfo> {
    const known = this.infos.get(connection);
    if (known !== undefined) return known;
    const { channels, sleep } = this.connecting;
    const asked = serverInfoOf(channels, connection.client, { sleep, timeoutMs });
    this.infos.set(connection, asked);
    asked.catch(() => this.infos.delete(connection));
    return asked;
  }

  succeeded(): void {
    this.deadlines = 0;
  }

  /** Draws the conclusion from a failed call: keeps the connection, or drops it so that the next call gets a new socket. */
  failed(connection: Connection, failure: Failure): void {
    if (failure.kind === 'not-leader') return this.moveTo(connection, failure.leader);
    if (failure.kind === 'not-sent') return this.lose(connection, failure.message);
    if (failure.kind !== 'ambiguous') return;
    if (failure.reconnect) return this.lose(connection, failure.message);
    if (failure.deadline !== true) return;
    this.deadlines += 1;
    if (this.deadlines >= DEADLINES_IN_A_ROW) this.lose(connection, failure.message);
  }

  /** Drops the connection and avoids its node for a while. Does nothing if it was replaced already. */
  lose(connection: Connection, why: string): void {
    const { opened } = this;
    if (!this.replace(connection)) return;
    opened?.giveUp();
    this.connecting.discovery.avoid(connection.address);
    const { host, port } = connection.address;
    this.connecting.onTrouble({ kind: 'connection-replaced', message: `${this.name}: ${host}:${port}: ${why}` });
  }

  close(): void {
    this.stop.abort();
    this.current = undefined;
    this.opened?.giveUp();
    this.opened?.client.close();
    this.opened = undefined;
  }

  private moveTo(connection: Connection, leader: Address | undefined): void {
    if (!this.replace(connection)) return;
    this.leader = leader;
  }

  private replace(connection: Connection): boolean {
    if (this.current === undefined || this.opened !== connection) return false;
    this.current = undefined;
    this.opened = undefined;
    this.deadlines = 0;
    connection.client.close();
    return true;
  }

  private async open(): Promise<Connection> {
    const { discovery, channels, onTrouble } = this.connecting;
    const named = this.leader;
    this.leader = undefined;
    try {
      // After a kill the others keep naming the dead leader for seconds.
      const trusted = named !== undefined && !discovery.isAvoided(named);
      const address = trusted ? named : await discovery.find(this.preference, this.stop.signal);
      if (this.stop.signal.aborted) throw closedError();
      const lost = manyListeners(new AbortController());
      const client = channels.open(address);
      this.opened = { address, client, lost: lost.signal, giveUp: () => lost.abort() };
      return this.opened;
    } catch (error) {
      if (!this.stop.signal.aborted) onTrouble({ kind: 'no-node-found', message: `${this.name}: ${String(error)}` });
      throw error;
    }
  }
}
