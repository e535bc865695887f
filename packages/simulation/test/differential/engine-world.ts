import { createCommands, type Commands, type EventToSend } from '@lapse/commands';
import {
  derivedEventId,
  extractFacts,
  readEvent,
  streamNames,
  successorId,
  timeoutEventId,
  viewAt,
  type OpenedData,
  type Refusal,
} from '@lapse/domain';
import { createMemoryStore, readWholeStream, type EventStore } from '@lapse/store';
import type {
  Answer,
  AppendCommand,
  Command,
  ConfigCommand,
  Derive,
  OpenCommand,
  Settings,
} from '@lapse/simulation/oracle';
import { asWritten, storedFrom } from './translate.js';

const names = streamNames();
const idOf = (stream: string): string => stream.slice('session-'.length);

/** The engine's own derivations, for the oracle to name things by. */
export const engineDerive: Derive = (kind, name, at) => {
  switch (kind) {
    case 'timeout':
      return timeoutEventId(name, at);
    case 'successor':
      return names.session(successorId(idOf(name), at));
    case 'opened':
    case 'pin':
      return derivedEventId(kind, name);
    default:
      return `${kind}-of(${name},${at})`;
  }
};

/** What of an answer both sides must agree on. */
export interface ComparedAnswer {
  readonly ok: boolean;
  readonly code?: string | undefined;
  readonly index?: number | undefined;
  readonly placed?: readonly string[] | undefined;
  readonly version?: number | undefined;
  readonly view?: unknown;
}

/** The real command path over a real (in-memory) store, driven by the oracle's commands. */
export class EngineWorld {
  private nowMs = 0;
  private readonly store: EventStore;
  private readonly commands: Commands;
  private readonly streams = new Set<string>();

  constructor(
    private readonly settings: Settings,
    random: () => number,
  ) {
    this.store = createMemoryStore({ extractFacts, nowMs: () => this.nowMs, identity: 'differential' });
    this.commands = createCommands({
      store: this.store,
      names,
      settings,
      nowMs: () => this.nowMs,
      random,
      sleep: () => Promise.resolve(),
    });
  }

  async answerTo(command: Command): Promise<ComparedAnswer> {
    this.nowMs = command.nowMs;
    switch (command.do) {
      case 'open':
        return this.open(command);
      case 'append':
        return this.append(command);
      case 'config':
        return this.configure(command);
      case 'sweep':
        return this.sweep();
      case 'read':
        return this.read(command.stream);
      case 'foreign':
        this.streams.add(command.stream);
        await this.store.append(command.stream, [storedFrom(command)], 'any');
        return { ok: true, placed: undefined };
    }
  }

  /** Every event of the log, stream by stream, as it is written. */
  async logOf(stream: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const recorded of readWholeStream(this.store, stream)) {
      const read = readEvent(recorded);
      const isSession = stream.startsWith('session-');
      const what =
        read.kind === 'event'
          ? `${asWritten(recorded.type, read.event.data)} at ${read.event.occurredAtMs}`
          : `${recorded.type} ${read.kind}`;
      lines.push(isSession ? `${recorded.id} ${what}` : what);
    }
    return lines;
  }

  private async open({ stream, id, data, occurredAtMs }: OpenCommand): Promise<ComparedAnswer> {
    const { merchantId, openedBy, buyerId, agentId, externalId } = data as OpenedData;
    const answer = await this.commands.openSession({
      sessionId: idOf(stream),
      eventId: id,
      occurredAtMs,
      data: { merchantId, openedBy, buyerId, agentId, externalId },
    });
    if (answer.kind === 'refused') return { ok: false, code: answer.code };
    this.streams.add(stream);
    return { ok: true };
  }

  private async append(command: AppendCommand): Promise<ComparedAnswer> {
    const events = command.events.map(({ id, type, data, occurredAtMs }) => {
      const automated = type === 'message-from-agent' ? { automated: data['automated'] === true } : {};
      return { id, type, occurredAtMs, data: { ...data, ...automated } } as EventToSend;
    });
    const { stream, expectedRevision, onClosed } = command;
    const answer = await this.commands.append({ sessionId: idOf(stream), events, expectedRevision, onClosed });
    if (answer.kind === 'refused') return refusal(answer);
    this.streams.add(names.session(answer.sessionId));
    if (answer.kind === 'already-closed') return { ok: true, placed: [] };
    const home = names.session(answer.sessionId);
    return { ok: true, placed: answer.events.map(({ id, revision }) => `${id} ${home}@${revision}`) };
  }

  private async configure({
    action,
    merchantId,
    values = {},
    toVersion,
    changedBy,
  }: ConfigCommand): Promise<ComparedAnswer> {
    const { buyerReplyMinutes, ...others } = values;
    const command =
      action === 'rollout'
        ? ({ kind: 'rollout' } as const)
        : action === 'change'
          ? ({ kind: 'change', buyerReplyMinutes, fixed: Object.keys(others) } as const)
          : ({ kind: 'revert', toVersion: toVersion as number } as const);
    const answer = await this.commands.configure({ merchantId, command, by: changedBy });
    return answer.kind === 'refused' ? { ok: false, code: answer.code } : { ok: true, version: answer.current.version };
  }

  private async sweep(): Promise<ComparedAnswer> {
    for (const stream of this.streams) {
      await this.commands.pinBareSession(idOf(stream));
      const reading = await this.commands.readSession(idOf(stream));
      if (reading.kind === 'session') await this.commands.closeIfDue(reading.state, this.nowMs);
    }
    return { ok: true };
  }

  private async read(stream: string): Promise<ComparedAnswer> {
    const reading = await this.commands.readSession(idOf(stream));
    if (reading.kind === 'refused') return { ok: false, code: reading.code };
    if (reading.state.parked !== undefined) return { ok: false, code: 'stream-parked' };
    const view = viewAt(reading.state, this.nowMs, this.settings.closeGraceMs);
    const isUnpinned = reading.state.status === 'unpinned';
    return {
      ok: true,
      view: {
        state: isUnpinned ? 'unpinned' : view.state,
        rule: view.rule ?? null,
        deadlineAtMs: view.deadlineAtMs ?? null,
        remainingMs: view.remainingMs ?? null,
        close: view.close === undefined ? null : [view.close.revision, view.close.reason],
        closeToCome: view.comingClose?.reason ?? null,
        provisional: view.comingClose?.provisional ?? false,
      },
    };
  }
}

const refusal = ({ code, index }: Refusal): ComparedAnswer => ({ ok: false, code, index });

/** The oracle's answer in the same shape. */
export const comparedFromOracle = (command: Command, answer: Answer): ComparedAnswer => {
  if (!answer.ok) {
    return command.do === 'append'
      ? { ok: false, code: answer.code, index: answer.index }
      : { ok: false, code: answer.code };
  }
  if (command.do === 'append') {
    return { ok: true, placed: answer.placed.map(({ id, stream, revision }) => `${id} ${stream}@${revision}`) };
  }
  if (command.do === 'config') return { ok: true, version: answer.version };
  if (command.do === 'read' && answer.view !== undefined) {
    const { state, rule, deadlineAtMs, remainingMs, close, closeToCome, provisional } = answer.view;
    return {
      ok: true,
      view: {
        state,
        rule,
        deadlineAtMs,
        remainingMs,
        close: close === null ? null : [close.revision, close.reason],
        closeToCome: closeToCome?.rule ?? null,
        provisional,
      },
    };
  }
  return { ok: true };
};
