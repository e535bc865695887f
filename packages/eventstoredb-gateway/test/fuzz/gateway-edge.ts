import fc from 'fast-check';
import { status } from '@grpc/grpc-js';
import type { EventStore } from '@lapse/store';
import { createGateway, type Gateway, type GatewayLogLine } from '../../src/index.js';
import {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  ReadReq,
  streamNameOf,
} from '../../src/wire/messages.js';
import { uuidOf } from '../../src/wire/uuid.js';
import { MESSAGES, wellFormed } from '../../src/wire/well-formed.js';
import { AppendLedger, type SentEvent } from './append-ledger.js';
import { CallClient, type CallEnd } from './call-client.js';
import { calls, isOffered, methods, type Call } from './calls.js';
import { rawBytes, sendRaw, type RawBytes } from './raw-bytes.js';

/** Far above anything that a healthy gateway takes, and it says so instead of hanging. */
const END_MS = 10_000;
const QUIET_LOOKS_MAX = 2_000;

const READ = '/event_store.client.streams.Streams/Read';
const APPEND = '/event_store.client.streams.Streams/Append';
const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend';

/** A call, or bytes that are hardly one. */
export type Input = { readonly call: Call } | { readonly raw: RawBytes };

/** A gateway over a store that is handed in, with somebody at its port who keeps to nothing. */
export interface GatewayEdge {
  readonly inputs: fc.Arbitrary<readonly Input[]>;
  /** How often what was answered: `Streams/Append  OK`. */
  readonly counts: Map<string, number>;
  send(inputs: readonly Input[]): Promise<void>;
  settle(): Promise<void>;
  close(): Promise<void>;
}

const inputs: fc.Arbitrary<readonly Input[]> = fc.oneof(
  { weight: 30, arbitrary: calls.map((all) => all.map((call) => ({ call }))) },
  {
    weight: 1,
    arbitrary: fc.array(rawBytes, { minLength: 1, maxLength: 4 }).map((all) => all.map((raw) => ({ raw }))),
  },
);

export const openGatewayEdge = async (
  store: EventStore,
  options: Omit<Parameters<typeof createGateway>[0], 'store' | 'log'>,
): Promise<GatewayEdge> => {
  const complaints: GatewayLogLine[] = [];
  const gateway = await createGateway({ ...options, store, log: (line) => void complaints.push(line) });
  const edge = new Edge(store, gateway, complaints);
  return Object.assign(edge, {
    inputs,
    close: async () => {
      edge.hangUp();
      await gateway.close();
      await store.close();
    },
  });
};

class Edge {
  readonly counts = new Map<string, number>();
  private readonly ledger = new AppendLedger();
  private readonly client: CallClient;

  constructor(
    private readonly store: EventStore,
    private readonly gateway: Gateway,
    private readonly complaints: readonly GatewayLogLine[],
  ) {
    this.client = new CallClient(gateway.address.port);
  }

  async send(all: readonly Input[]): Promise<void> {
    await Promise.all(
      all.map((input) =>
        'call' in input
          ? this.make(input.call)
          : sendRaw(this.gateway.address.port, input.raw).then((how) => this.count('bytes', how)),
      ),
    );
  }

  async settle(): Promise<void> {
    await this.quiet();
    const fault = this.complaints.find(({ level }) => level === 'error');
    if (fault !== undefined) throw new Error(`the gateway complains: ${fault.message}`, { cause: fault.error });
    await this.ledger.compare(this.store);
  }

  hangUp(): void {
    this.client.close();
  }

  /** Nothing may be held for a call that is over. */
  private async quiet(): Promise<void> {
    for (let look = 0; look < QUIET_LOOKS_MAX; look++) {
      const { readsOpen, batchCallsOpen, appendsInFlight, waitingBytes } = this.gateway.stats();
      if (readsOpen + batchCallsOpen + appendsInFlight + waitingBytes === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`calls are over, and yet: ${JSON.stringify(this.gateway.stats())}`);
  }

  private async make(call: Call): Promise<void> {
    const end = await this.client.call(call, enoughFor(call), END_MS);
    this.count(call.path.split('.').at(-1) ?? '', this.judge(call, end));
    this.account(call, end);
  }

  /** Throws for an end that no client should see. Gives its name. */
  private judge(call: Call, { httpStatus, grpcStatus, grpcMessage, leftEarly }: CallEnd): string {
    const shown = `${call.path}: HTTP ${httpStatus}, gRPC ${grpcStatus} ${grpcMessage}`;
    if (/\bat .*[/:]\d+|\.[jt]s\b|node_modules/.test(grpcMessage)) throw new Error(`a stack goes out: ${shown}`);
    if (leftEarly) return 'left early';
    if (grpcStatus === undefined) {
      const isRefusedByHttp = httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500;
      const isOdd = Object.keys(call.headers).length > 0 || !methods.some(({ path }) => path === call.path);
      if (isRefusedByHttp) return `HTTP ${httpStatus}`;
      if (isOdd && httpStatus === undefined) return 'refused by HTTP/2';
      throw new Error(`no gRPC status: ${shown}`);
    }
    if (grpcStatus === status.UNKNOWN && !grpcMessage.startsWith('Exception was thrown by handler.'))
      throw new Error(`a status of nobody: ${shown}`);
    if (grpcStatus === status.INTERNAL && !isUndecodable(grpcMessage)) throw new Error(`a fault of ours: ${shown}`);
    if (grpcStatus === status.DATA_LOSS) throw new Error(`a fault of ours: ${shown}`);
    if (grpcStatus === status.OK && !isOffered(call.path)) throw new Error(`not offered, and yet: ${shown}`);
    return status[grpcStatus] ?? String(grpcStatus);
  }

  /** What the call may have left in the log. */
  private account(call: Call, end: CallEnd): void {
    if (call.path === APPEND) {
      const events = eventsOfAppend(call);
      if (end.grpcStatus === status.OK && isSuccess(end)) this.ledger.acknowledge(events);
      else if (call.then !== 'reset' && isUnsure(end)) this.ledger.unheard(events);
    } else if (call.path === BATCH_APPEND) this.accountBatch(call, end);
  }

  private accountBatch(call: Call, end: CallEnd): void {
    const answers = new Map(
      end.messages.map((bytes) => {
        const answer = BatchAppendResp.deserializeBinary(new Uint8Array(bytes));
        return [
          uuidOf(answer.getCorrelationId()) ?? '',
          answer.hasSuccess() ? 'success' : Number(answer.getError()?.getCode()),
        ];
      }),
    );
    for (const [correlationId, { events, isOneAppend }] of appendsOfBatch(call)) {
      const answer = answers.get(correlationId);
      if (!isOneAppend) for (const event of events) this.ledger.unheard([event]);
      else if (answer === 'success') this.ledger.acknowledge(events);
      else if (answer === undefined || answer === status.ABORTED || answer === status.DEADLINE_EXCEEDED)
        this.ledger.unheard(events);
    }
  }

  private count(method: string, what: string): void {
    const key = `${method}  ${what}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

/** What cannot be read as a call ends as grpc-js has it, with the reader's reason. */
const isUndecodable = (message: string): boolean =>
  /^(Error deserializing request|Incomplete message|Invalid grpc-timeout value|Received message with|Error parsing|Failed to decompress message)/.test(
    message,
  );

const isUnsure = ({ grpcStatus, leftEarly }: CallEnd): boolean =>
  leftEarly ||
  grpcStatus === undefined ||
  [status.ABORTED, status.CANCELLED, status.DEADLINE_EXCEEDED, status.UNAVAILABLE].includes(grpcStatus);

const isSuccess = ({ messages }: CallEnd): boolean =>
  messages.length === 1 && AppendResp.deserializeBinary(new Uint8Array(messages[0]!)).hasSuccess();

/** Messages as the gateway reads them, up to the first that cannot be read. */
const decoded = <T>(call: Call, read: (bytes: Buffer) => T): T[] => {
  const messages: T[] = [];
  for (const { hex, fault } of call.frames) {
    const message = Buffer.from(hex, 'hex');
    try {
      messages.push(read(fault === 'short' ? message.subarray(0, -2) : message));
    } catch {
      return messages;
    }
  }
  return messages;
};

const eventsOfAppend = (call: Call): SentEvent[] => {
  const requests = decoded(
    call,
    wellFormed(MESSAGES.append, (bytes) => AppendReq.deserializeBinary(new Uint8Array(bytes))),
  );
  const stream = streamNameOf(requests[0]?.getOptions()?.getStreamIdentifier());
  return requests.slice(1).flatMap((request) => {
    const id = uuidOf(request.getProposedMessage()?.getId());
    return id === undefined ? [] : [{ stream, id }];
  });
};

interface BatchPart {
  readonly events: SentEvent[];
  /** Begun once, ended once: its answer speaks of all of it. */
  readonly isOneAppend: boolean;
}

const appendsOfBatch = (call: Call): Map<string, BatchPart> => {
  const requests = decoded(
    call,
    wellFormed(MESSAGES.batchAppend, (bytes) => BatchAppendReq.deserializeBinary(new Uint8Array(bytes))),
  );
  const byId = new Map<string, typeof requests>();
  for (const request of requests) {
    const correlationId = uuidOf(request.getCorrelationId()) ?? '';
    byId.set(correlationId, [...(byId.get(correlationId) ?? []), request]);
  }
  return new Map([...byId].map(([correlationId, parts]) => [correlationId, partOf(parts)]));
};

const partOf = (requests: readonly BatchAppendReq[]): BatchPart => {
  const targets = requests.flatMap((request) => request.getOptions() ?? []);
  const names = targets.map((options) => streamNameOf(options.getStreamIdentifier()));
  const events = names.flatMap((stream) =>
    requests.flatMap((request) =>
      request.getProposedMessagesList().map((proposed) => ({ stream, id: uuidOf(proposed.getId()) ?? '' })),
    ),
  );
  const isBegunFirst = requests[0]?.hasOptions() === true && names.length === 1;
  const finals = requests.filter((request) => request.getIsFinal()).length;
  return { events, isOneAppend: isBegunFirst && finals === 1 && requests.at(-1)?.getIsFinal() === true };
};

/** A subscription says so first and then never ends: it is left when it has said so. */
const enoughFor = (call: Call): number => {
  if (call.path !== READ) return Number.POSITIVE_INFINITY;
  const [request] = decoded(
    call,
    wellFormed(MESSAGES.read, (bytes) => ReadReq.deserializeBinary(new Uint8Array(bytes))),
  );
  return request?.getOptions()?.hasSubscription() === true ? 1 : 40;
};
