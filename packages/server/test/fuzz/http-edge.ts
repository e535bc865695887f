import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type fc from 'fast-check';
import { pino } from 'pino';
import { problem, paths, PROBLEM_CONTENT_TYPE } from '@lapse/api';
import { engineConfig, openEngine, type Engine } from '@lapse/engine';
import { createServer, type LapseServer } from '../../src/index.js';
import { withFault } from './bytes.js';
import { routesOf, type Route } from './document.js';
import { Ledger } from './ledger.js';
import { requestsTo, type Request } from './requests.js';
import { filledIn } from './valid.js';
import { Line, type WireAnswer } from './wire.js';

/** 2026-03-01T10:00:00.000Z */
const T0 = Date.UTC(2026, 2, 1, 10);
/** How far the clock goes on with every handful of requests: less than what a read model may be silent for. */
const STEP_MS = 5_000;
/** And whenever all have settled: sessions lapse while they are fuzzed. */
const JUMP_MS = 30 * 60_000;
/** Far above anything that a healthy server takes, and it says so instead of hanging. */
const ANSWER_MS = 10_000;
const LINES_KEPT_MAX = 16;
const TOUCHED_READ_MAX = 50;
const CATCH_UP_MS = 30_000;

/** Codes of an address or a connection, which no route can name. */
const codesOfNoRoute = new Set(['no-such-route', 'method-not-allowed']);

/** The HTTP side over a whole engine on files of its own. */
export interface HttpEdge {
  readonly inputs: fc.Arbitrary<readonly Request[]>;
  /** As they are counted: `POST /v1/sessions`. */
  readonly routes: readonly string[];
  /** How often what was answered: `POST /v1/sessions 201`, `… bad-value`. */
  readonly counts: Map<string, number>;
  /** Sends them side by side. Rejects for an answer that breaks the contract. */
  send(requests: readonly Request[]): Promise<void>;
  /** Compares the log, the sessions and the server's own log with what was answered. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export const openHttpEdge = async (): Promise<HttpEdge> => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-fuzz-http-'));
  const clock = { nowMs: T0 };
  const engine = await openEngine({
    config: engineConfig.parse({ dataDir: folder, sweepIntervalMs: 20 }),
    nowMs: () => clock.nowMs,
    random: drawn(),
    setTimer: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const complaints: string[] = [];
  const server = createServer({
    commands: engine.commands,
    views: engine.projections,
    ready: () => engine.readiness(),
    settings: engine.config,
    nowMs: () => clock.nowMs,
    logger: pino({ level: 'warn' }, { write: (line: string) => void complaints.push(line) }),
    limits: { atLeastMs: 5 },
  });
  const { port } = await server.listen({ port: 0 });
  const first = await (
    await Line.to(port)
  ).ask(Buffer.from(`GET ${paths.openapi} HTTP/1.1\r\nhost: x\r\n\r\n`), false, ANSWER_MS);
  const routes = routesOf(JSON.parse(first?.body ?? ''));
  const edge = new Edge(clock, engine, server, port, routes, complaints);
  return Object.assign(edge, {
    inputs: requestsTo(routes),
    routes: routes.map((route) => `${route.method} ${route.path}`),
    close: async () => {
      edge.hangUp();
      await server.close();
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
};

/** Distinct numbers in [0, 1), the same in every run: ids that are made up here must not meet each other. */
const drawn = (): (() => number) => {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
};

class Edge {
  readonly counts = new Map<string, number>();
  private readonly ledger = new Ledger();
  private readonly lines: Line[] = [];
  private readonly byName: ReadonlyMap<string, Route>;
  private asked = 0;

  constructor(
    private readonly clock: { nowMs: number },
    private readonly engine: Engine,
    private readonly server: LapseServer,
    private readonly port: number,
    routes: readonly Route[],
    private readonly complaints: readonly string[],
  ) {
    this.byName = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  }

  async send(requests: readonly Request[]): Promise<void> {
    this.clock.nowMs += STEP_MS;
    await Promise.all(requests.map((request) => this.ask(request)));
  }

  async settle(): Promise<void> {
    if (this.server.address === undefined) throw new Error('the server listens no more');
    await this.ledger.compare(this.engine.store);
    await this.engine.caughtUp(CATCH_UP_MS);
    const stuck = this.engine.projections
      .status()
      .find(({ state, parkedStreams }) => state !== 'live' || parkedStreams > 0);
    if (stuck !== undefined) throw new Error(`a read model is not live: ${JSON.stringify(stuck)}`);
    const touched = [...this.ledger.touched].slice(0, TOUCHED_READ_MAX);
    this.ledger.touched.clear();
    for (const id of touched) await this.readSession(id);
    this.clock.nowMs += JUMP_MS;
    if (this.complaints.length > 0) throw new Error(`the server complains: ${this.complaints[0]}`);
  }

  hangUp(): void {
    for (const line of this.lines.splice(0)) line.close();
  }

  /** What stands in the log folds to a session. */
  private async readSession(id: string): Promise<void> {
    const head = `GET /v1/sessions/${id} HTTP/1.1\r\nhost: x\r\n\r\n`;
    const line = await this.line();
    const answer = await line.ask(Buffer.from(head), false, ANSWER_MS);
    if (answer?.status !== 200) throw new Error(`session ${id} cannot be read: ${answer?.body}`);
    this.judge(this.byName.get('GET /v1/sessions/{id}'), answer, false);
    this.keep(line);
  }

  private async ask(request: Request): Promise<void> {
    const correlationId = `fuzz-${(this.asked += 1)}`;
    const { head, body } = this.bytesOf(request, correlationId);
    const whole = Buffer.concat([head, body]);
    const { how, at, faults } = request.delivery;
    switch (how) {
      case 'length':
      case 'chunks':
        return this.askWhole(request, correlationId, whole);
      case 'cut': {
        const part = whole.subarray(0, Math.floor(at * whole.length));
        this.ledger.neverWhole(correlationId);
        return this.askNoise(request, part, false);
      }
      case 'reset':
        if (at >= 0.5) this.ledger.unheard(correlationId);
        else this.ledger.neverWhole(correlationId);
        this.count(request, 'reset');
        return (await Line.to(this.port)).sendAndReset(at >= 0.5 ? whole : whole.subarray(0, -1));
      case 'noise':
        this.ledger.unheard(correlationId);
        return this.askNoise(request, faults.reduce(withFault, whole), true);
    }
  }

  private async askWhole(request: Request, correlationId: string, whole: Buffer): Promise<void> {
    const line = await this.line();
    const isHead = request.method === 'HEAD';
    const answer = await line.ask(whole, isHead, ANSWER_MS).catch((error: unknown) => {
      throw new Error(`${request.route}: ${String(error)}`);
    });
    if (answer === undefined) {
      this.ledger.unheard(correlationId);
      throw new Error(`the connection was closed without an answer`);
    }
    const route = request.isAtRoute ? this.byName.get(request.route) : undefined;
    const code = this.judge(route, answer, isHead);
    this.count(request, code);
    const id = answer.headers.get('x-correlation-id') ?? '';
    const isWrite = request.method === 'POST' || request.method === 'PUT';
    if (id !== correlationId) this.ledger.neverWhole(correlationId);
    this.ledger.answered(id, answer.status, isWrite && answer.status < 400 ? JSON.parse(answer.body) : {});
    this.keep(line);
  }

  /** Bytes that may be a request, or several, or none: whatever is answered keeps the contract. */
  private async askNoise(request: Request, bytes: Buffer, mayBeWhole: boolean): Promise<void> {
    const answers = await (await Line.to(this.port)).askAndEnd(bytes, ANSWER_MS);
    for (const answer of answers) {
      const code = this.judge(undefined, answer, false);
      this.count(request, mayBeWhole ? `noise: ${code}` : `cut: ${code}`);
      const id = answer.headers.get('x-correlation-id') ?? '';
      if (mayBeWhole) this.ledger.unheard(id);
    }
    if (answers.length === 0 && mayBeWhole) this.ledger.unnamed();
    if (answers.length === 0) this.count(request, mayBeWhole ? 'noise: no answer' : 'cut: no answer');
  }

  /** Throws for an answer that the document does not know. Gives the status, or the code of a problem. */
  private judge(route: Route | undefined, { status, headers, body }: WireAnswer, isHead: boolean): string {
    const shown = `${status} ${body.slice(0, 500)}`;
    if (!/^[!-~]{1,128}$/.test(headers.get('x-correlation-id') ?? '')) throw new Error(`no correlation id: ${shown}`);
    if (status >= 500 && status !== 504) throw new Error(`answered ${shown}`);
    if (isHead || body === '') return String(status);
    const text = Buffer.from(body, 'latin1').toString();
    const isJson = /\bjson\b/.test(headers.get('content-type') ?? '');
    const json: unknown = isJson ? JSON.parse(text) : text;
    if (status < 400) {
      const answer = route?.answers.get(status);
      if (route !== undefined && answer === undefined) throw new Error(`a status that is not documented: ${shown}`);
      answer?.schema.parse(json);
      return String(status);
    }
    if (headers.get('content-type') !== PROBLEM_CONTENT_TYPE) throw new Error(`no problem+json: ${shown}`);
    const { code, status: said } = problem.parse(json);
    if (said !== status) throw new Error(`a problem of another status: ${shown}`);
    const isKnown = route === undefined || codesOfNoRoute.has(code) || route.answers.get(status)?.codes.has(code);
    if (isKnown !== true) throw new Error(`a code that is not documented here: ${shown}`);
    return `${status} ${code}`;
  }

  private bytesOf({ method, target, headers, body, bodyFaults, delivery }: Request, correlationId: string) {
    const { nowMs } = this.clock;
    const plain = body === undefined ? undefined : Buffer.from(filledIn(body, nowMs));
    const bytes = plain === undefined ? Buffer.alloc(0) : bodyFaults.reduce(withFault, plain);
    const isChunked = delivery.how === 'chunks' && plain !== undefined;
    const framing = isChunked
      ? ['transfer-encoding: chunked']
      : plain === undefined
        ? []
        : [`content-length: ${bytes.length}`];
    // Where no answer tells which id the server took, it must be the one that was sent.
    const isHeard = delivery.how === 'length' || delivery.how === 'chunks';
    const hasOwn = isHeard && headers.some(([name]) => name === 'x-correlation-id');
    const kept = isHeard ? headers : headers.filter(([name]) => name !== 'x-correlation-id');
    const named = kept.map(([name, value]) => `${name}: ${value}`);
    const own = `x-correlation-id: ${correlationId}`;
    const host = headers.some(([name]) => name === 'host') ? [] : ['host: lapse'];
    const lines = [
      `${method} ${filledIn(target, nowMs)} HTTP/1.1`,
      ...host,
      ...(hasOwn ? [] : [own]),
      ...framing,
      ...named,
      '',
      '',
    ];
    const sent = isChunked ? inChunks(bytes, 1 + Math.floor(delivery.at * 200)) : bytes;
    return { head: Buffer.from(lines.join('\r\n'), 'latin1'), body: sent };
  }

  private async line(): Promise<Line> {
    for (let line = this.lines.pop(); line !== undefined; line = this.lines.pop()) if (!line.isOver) return line;
    return Line.to(this.port);
  }

  private keep(line: Line): void {
    if (line.isOver) return;
    if (this.lines.length < LINES_KEPT_MAX) this.lines.push(line);
    else line.close();
  }

  private count({ route }: Request, what: string): void {
    const key = `${route}  ${what}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

const inChunks = (bytes: Buffer, chunkBytes: number): Buffer => {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
};
