import { expect } from '@jest/globals';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { z } from 'zod';
import { createCommands, type Commands, type CommandSettings } from '@lapse/commands';
import { encodeEvent, extractFacts, streamNames, type LapseEvent } from '@lapse/domain';
import { createMemoryStore, type EventStore } from '@lapse/store';
import { problem, PROBLEM_CONTENT_TYPE, sessionAnswer, type Problem, type SessionAnswer } from '@lapse/api';
import { createServer, type LapseServer, type ServerDependencies } from '../src/index.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** 2026-03-01T10:00:00.000Z: all tests start here. */
export const T0 = Date.UTC(2026, 2, 1, 10);
export const SESSION = '01KJM0000000000000000000AA';
export const OTHER_SESSION = '01KJM0000000000000000000BB';
export const names = streamNames();
export const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/** A uniform source on a seed, so that a failing run can be had again. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined for none. */
  readonly body: unknown;
}

export interface Question {
  readonly method?: string;
  /** As it goes over the wire, not normalised. */
  readonly path: string;
  /** Sent as JSON with its content type; bytes and text as they are. */
  readonly json?: unknown;
  readonly bytes?: Uint8Array | string;
  readonly headers?: Record<string, string>;
}

export interface World {
  readonly clock: { nowMs: number };
  readonly store: EventStore;
  readonly commands: Commands;
  readonly server: LapseServer;
  readonly port: number;
  /** Lines of the server's log, parsed. */
  readonly log: Record<string, unknown>[];
  ask(question: Question): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, json?: unknown): Promise<Answer>;
  put(path: string, json: unknown): Promise<Answer>;
  /** Writes past the command path, as a foreign service does. */
  foreign(stream: string, ...events: (LapseEvent & { id?: string })[]): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly settings?: Partial<CommandSettings>;
  readonly clock?: { nowMs: number };
  readonly store?: EventStore;
  /** Puts something between the server and its commands. */
  readonly commands?: (real: Commands) => Commands;
  readonly server?: Partial<ServerDependencies>;
}

/** A server on a free port of the loopback, over the real command path and a store in memory, on a clock that stands. */
export const newWorld = async (options: WorldOptions = {}): Promise<World> => {
  const clock = options.clock ?? { nowMs: T0 };
  const log: Record<string, unknown>[] = [];
  const settings: CommandSettings = {
    closeGraceMs: 5_000,
    clockSkewMs: 5_000,
    newMerchants: 'standard',
    ...options.settings,
  };
  const store = options.store ?? memoryStore(clock);
  const real = createCommands({
    store,
    names,
    settings,
    nowMs: () => clock.nowMs,
    random: seededRandom(1),
    sleep: () => Promise.resolve(),
  });
  const commands = options.commands?.(real) ?? real;
  const server = createServer({
    commands,
    ready: () => ({ ready: true, checks: [] }),
    settings,
    nowMs: () => clock.nowMs,
    logger: pino({ level: 'warn' }, linesInto(log)),
    ...options.server,
  });
  const { port } = await server.listen({ port: 0 });
  const askHere = (question: Question): Promise<Answer> => ask(port, question);
  let foreignIds = 0xf000;
  return {
    clock,
    store,
    commands,
    server,
    port,
    log,
    ask: askHere,
    get: (path) => askHere({ path }),
    post: (path, json) => askHere({ method: 'POST', path, json }),
    put: (path, json) => askHere({ method: 'PUT', path, json }),
    foreign: async (stream, ...events) => {
      const encoded = events.map(({ id, ...event }) => encodeEvent(id ?? uuid(++foreignIds), event));
      await store.append(stream, encoded, 'any');
    },
    close: async () => {
      await server.close();
      await store.close();
    },
  };
};

const memoryStore = (clock: { nowMs: number }): EventStore =>
  createMemoryStore({ extractFacts, nowMs: () => clock.nowMs, identity: 'test' });

const linesInto = (log: Record<string, unknown>[]): Writable =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      log.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });

/** One request over a connection of its own. Every error answer is checked against the contract. */
const ask = async (port: number, question: Question): Promise<Answer> => {
  const answer = await askRaw(port, question);
  return { ...answer, body: checked(answer) };
};

const askRaw = (port: number, question: Question): Promise<Omit<Answer, 'body'>> =>
  new Promise((resolve, reject) => {
    const payload = question.json === undefined ? question.bytes : JSON.stringify(question.json);
    const contentType = question.json === undefined ? {} : { 'content-type': 'application/json' };
    const length = payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) };
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        method: question.method ?? 'GET',
        path: question.path,
        agent: false,
        headers: { ...contentType, ...length, ...question.headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    request.on('error', reject);
    request.end(payload);
  });

const checked = ({ status, headers, text }: Omit<Answer, 'body'>): unknown => {
  expect(headers['x-correlation-id']).toMatch(/^[!-~]{1,128}$/);
  if (text === '') return undefined;
  const body: unknown = JSON.parse(text);
  if (status < 400) return body;
  expect(headers['content-type']).toBe(PROBLEM_CONTENT_TYPE);
  const parsed = problem.parse(body);
  expect(parsed.status).toBe(status);
  expect(parsed.correlationId).toBe(headers['x-correlation-id']);
  return body;
};

/** The answer's body, which must have the status and keep the schema. */
export const expectAnswer = <T>(answer: Answer, status: number, schema: z.ZodType<T>): T => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
  return schema.parse(answer.body);
};

export const expectProblem = (answer: Answer, status: number, code: Problem['code']): Problem => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { code } });
  return answer.body as Problem;
};

export const open = { sessionId: SESSION, merchantId: 'm1', openedBy: 'buyer', buyerId: 'b1' } as const;
export const eventsPath = (sessionId: string = SESSION): string => `/v1/sessions/${sessionId}/events`;
export const readSession = async (world: World, sessionId: string = SESSION): Promise<SessionAnswer> =>
  expectAnswer(await world.get(`/v1/sessions/${sessionId}`), 200, sessionAnswer);
export const buyer = (n?: number) => ({
  type: 'message-from-buyer',
  ...(n === undefined ? {} : { id: uuid(n) }),
  data: { senderId: 'b1' },
});
export const agent = (n?: number) => ({
  type: 'message-from-agent',
  ...(n === undefined ? {} : { id: uuid(n) }),
  data: { senderId: 'a17' },
});
