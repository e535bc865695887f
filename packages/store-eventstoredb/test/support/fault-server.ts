import { setTimeout as wait } from 'node:timers/promises';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipMessages from '@eventstore/db-client/generated/gossip_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featureMessages from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  ReadReq,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { HARMLESS, type AppendFate, type AppendSeen, type Switches } from './fates.js';
import { NodeLog, type Expected, type Proposed, type Verdict } from './log.js';
import {
  appendAnswer,
  batchAnswer,
  batchError,
  expectedOf,
  expectedOfBatch,
  nameOf,
  proposedOf,
  strayAnswer,
} from './messages.js';
import { Proxy } from './proxy.js';
import { serveRead, serviceError, type ReadServiceState } from './read-service.js';

const VERSION = '23.10.6';
const BATCH_REQUESTS_KEPT = 100;

interface OneAppend {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly Proposed[];
}

export interface Member {
  readonly host: string;
  readonly port: number;
  readonly state: 'leader' | 'follower';
  readonly isAlive?: boolean;
}

/**
 * A node of the protocol with a switch at every place where a real one, or the network before it, can fail. All calls go
 * through a proxy that can cut, freeze and count connections.
 */
export class FaultServer {
  readonly switches: Switches = HARMLESS();
  readonly counts = { classicAppends: 0, batchCalls: 0, batchAppends: 0, features: 0, gossip: 0 };
  readonly reads: ReadServiceState;
  /** Raw bytes of every batch request, for whoever looks at them with other eyes. */
  readonly batchRequests: Buffer[] = [];
  version = VERSION;
  offersBatch = true;
  members: readonly Member[] = [];
  readonly proxy = new Proxy();
  private appends = 0;
  private server = new Server();
  private port = 0;

  constructor(readonly log: NodeLog = new NodeLog()) {
    this.reads = {
      log,
      version: () => this.version,
      fate: (seen) => this.switches.read(seen),
      cut: () => this.proxy.cutAll(),
      sent: 0,
      reads: 0,
      open: 0,
    };
  }

  /** The address at which the proxy listens. */
  get address(): string {
    return `127.0.0.1:${this.proxy.port}`;
  }

  connectionString(options = ''): string {
    return `esdb://${this.address}?tls=false${options}`;
  }

  async start(): Promise<this> {
    await this.startServer();
    await this.proxy.listen(() => this.port);
    return this;
  }

  /** The process ends and comes back with its log, behind the same address. */
  async restart(downMs = 0): Promise<void> {
    this.stopServer();
    await wait(downMs);
    await this.startServer();
  }

  stopServer(): void {
    this.server.forceShutdown();
    this.proxy.cutAll();
    this.port = 0;
  }

  async startServer(): Promise<void> {
    this.server = new Server({ 'grpc.max_receive_message_length': -1 });
    this.server.addService(featureServices.ServerFeaturesService, { getSupportedMethods: this.getSupportedMethods });
    this.server.addService(gossipServices.GossipService, { read: this.gossip });
    const { batchAppend } = streamServices.StreamsService;
    const requestDeserialize = (bytes: Buffer): BatchAppendReq => {
      if (this.batchRequests.length < BATCH_REQUESTS_KEPT) this.batchRequests.push(bytes);
      return batchAppend.requestDeserialize(bytes);
    };
    this.server.addService(
      { ...streamServices.StreamsService, batchAppend: { ...batchAppend, requestDeserialize } },
      { append: this.append, batchAppend: this.batchAppend, read: this.read, delete: unserved, tombstone: unserved },
    );
    this.port = await new Promise((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }

  async stop(): Promise<void> {
    this.server.forceShutdown();
    await this.proxy.close();
  }

  private readonly read = (call: ServerWritableStream<ReadReq, ReadResp>): void => serveRead(this.reads, call);

  private readonly getSupportedMethods = (
    _call: unknown,
    done: sendUnaryData<InstanceType<typeof featureMessages.SupportedMethods>>,
  ): void => {
    this.counts.features += 1;
    const code = this.switches.features();
    if (code !== 0) return done(serviceError(code, 'told to fail'));
    const answer = new featureMessages.SupportedMethods();
    answer.setEventStoreServerVersion(this.version);
    if (this.offersBatch) {
      const method = new featureMessages.SupportedMethod();
      method.setServiceName('event_store.client.streams.streams');
      method.setMethodName('batchappend');
      method.setFeaturesList(['deadline_duration']);
      answer.setMethodsList([method]);
    }
    done(null, answer);
  };

  private readonly gossip = (
    _call: unknown,
    done: sendUnaryData<InstanceType<typeof gossipMessages.ClusterInfo>>,
  ): void => {
    this.counts.gossip += 1;
    if (this.switches.gossip() === 'never') return;
    const info = new gossipMessages.ClusterInfo();
    info.setMembersList(
      this.members.map(({ host, port, state, isAlive }) => {
        const member = new gossipMessages.MemberInfo();
        member.setState(state === 'leader' ? 8 : 6);
        member.setIsAlive(isAlive ?? true);
        member.setTimeStamp(String(BigInt(Date.now()) * 10_000n));
        member.setInstanceId(new sharedMessages.UUID());
        const endPoint = new gossipMessages.EndPoint();
        endPoint.setAddress(host);
        endPoint.setPort(port);
        member.setHttpEndPoint(endPoint);
        return member;
      }),
    );
    done(null, info);
  };

  private readonly append = (
    call: ServerReadableStream<AppendReq, AppendResp>,
    done: sendUnaryData<AppendResp>,
  ): void => {
    this.counts.classicAppends += 1;
    let target: { stream: string; expected: Expected } | undefined;
    const events: Proposed[] = [];
    call.on('data', (request: AppendReq) => {
      const options = request.getOptions();
      if (options === undefined) events.push(proposedOf(request.getProposedMessage()!));
      else target = { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options) };
    });
    call.on('error', () => undefined);
    call.on('end', () => {
      // A call given up in the middle ends here too, with a part of its events, and is marked as cancelled a moment later;
      // a node writes nothing of it.
      setImmediate(() => {
        if (call.cancelled || target === undefined) return;
        const one = { ...target, events };
        this.fateOf('classic', one, call.metadata).then(
          (fate) => this.answerClassic(one, fate, done),
          (error: unknown) => done(error as Error),
        );
      });
    });
  };

  private answerClassic(one: OneAppend, fate: AppendFate, done: sendUnaryData<AppendResp>): void {
    if (fate.kind === 'overtaken') {
      this.overtake(one.stream);
      return this.answerClassic(one, fate.then, done);
    }
    if (fate.kind === 'answer') return done(serviceError(status.UNKNOWN, fate.message));
    if (fate.kind === 'refuse') return done(null, appendAnswer(this.conflict(one.stream)));
    if (fate.kind !== 'serve' && fate.kind !== 'twice' && !fate.written) return this.fail(fate, done);
    const verdict = this.log.append(one.stream, one.events, one.expected);
    if (fate.kind !== 'serve' && fate.kind !== 'twice') return this.fail(fate, done);
    if (verdict.kind !== 'deleted') return done(null, appendAnswer(verdict));
    const trailers = { exception: 'stream-deleted', 'stream-name': one.stream };
    done(serviceError(status.FAILED_PRECONDITION, 'deleted', trailers));
  }

  private fail(fate: AppendFate, done: sendUnaryData<AppendResp>): void {
    if (fate.kind === 'fail') done(serviceError(fate.code, fate.details ?? 'told to fail', fate.trailers));
    if (fate.kind === 'cut') this.proxy.cutAll();
  }

  private readonly batchAppend = (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void => {
    this.counts.batchCalls += 1;
    const parts = new Map<string, { stream: string; expected: Expected; events: Proposed[] }>();
    call.on('error', () => undefined);
    call.on('end', () => call.end());
    call.on('data', (request: BatchAppendReq) => {
      const id = String(request.getCorrelationId()!.getStructured()?.getLeastSignificantBits());
      const options = request.getOptions();
      if (options !== undefined) {
        const stream = nameOf(options.getStreamIdentifier());
        parts.set(id, { stream, expected: expectedOfBatch(options), events: [] });
      }
      const one = parts.get(id)!;
      one.events.push(...request.getProposedMessagesList().map(proposedOf));
      if (!request.getIsFinal()) return;
      parts.delete(id);
      this.counts.batchAppends += 1;
      void this.fateOf('batch', one, call.metadata).then((fate) => this.answerBatch(one, fate, request, call));
    });
  };

  private answerBatch(
    one: OneAppend,
    fate: AppendFate,
    request: BatchAppendReq,
    call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>,
  ): void {
    if (fate.kind === 'overtaken') {
      this.overtake(one.stream);
      return this.answerBatch(one, fate.then, request, call);
    }
    let verdict: Verdict | undefined;
    const isServed = fate.kind === 'serve' || fate.kind === 'twice';
    if (isServed || (fate.kind !== 'answer' && fate.kind !== 'refuse' && fate.written)) {
      verdict = this.log.append(one.stream, one.events, one.expected);
    }
    switch (fate.kind) {
      case 'serve':
        call.write(batchAnswer(request, verdict!));
        break;
      case 'twice':
        for (const answer of [strayAnswer(), batchAnswer(request, verdict!), batchAnswer(request, verdict!)]) {
          call.write(answer);
        }
        break;
      case 'refuse':
        call.write(batchAnswer(request, this.conflict(one.stream)));
        break;
      case 'answer':
        call.write(batchError(request, fate.type, fate.message));
        break;
      case 'end':
        call.end();
        break;
      case 'cut':
        this.proxy.cutAll();
        break;
      case 'fail':
        call.emit('error', serviceError(fate.code, fate.details ?? 'told to fail', fate.trailers));
        break;
      case 'silent':
        break;
    }
  }

  private async fateOf(
    path: AppendSeen['path'],
    one: OneAppend,
    metadata: AppendSeen['metadata'],
  ): Promise<AppendFate> {
    this.appends += 1;
    const ids = one.events.map(({ id }) => id);
    return this.switches.append({ n: this.appends, path, stream: one.stream, ids, metadata });
  }

  private conflict(stream: string): Verdict {
    return { kind: 'conflict', current: this.log.stream(stream).length - 1 };
  }

  private overtake(stream: string): void {
    const id = `0000${(0x1000 + this.appends).toString(16)}-1111-4111-8111-111111111111`.slice(-36);
    const other = {
      id,
      type: 'overtaker',
      contentType: 'application/json',
      data: new Uint8Array(),
      metadata: new Uint8Array(),
    };
    this.log.append(stream, [other], 'any');
  }
}

const unserved = (_call: unknown, done: sendUnaryData<unknown>): void =>
  done(serviceError(status.UNIMPLEMENTED, 'not served'));

/** Runs a test against a started server and takes it down whatever happens. */
export const withServer = async (work: (server: FaultServer) => Promise<void>): Promise<void> => {
  const server = await new FaultServer().start();
  try {
    await work(server);
  } finally {
    await server.stop();
  }
};
