import {
  NO_STREAM,
  StoreError,
  type AppendResult,
  type EventToAppend,
  type ExpectedRevision,
  type Position,
} from '@lapse/store';
import { NO_ANSWER } from '../connection/unary.js';
import { Limiter } from '../connection/limiter.js';
import type { Connection, Lane } from '../connection/lane.js';
import { closedError, storeErrorOf } from '../errors.js';
import type { Deadlines, Limits, Trouble } from '../options.js';
import type { Furthest } from '../furthest.js';
import { comparePositions } from '../position.js';
import { manyListeners, pause, within, type Ambient } from '../time.js';
import type { AppendAnswer } from '../wire/append-answers.js';
import { encodeAppend, type EncodedAppend } from '../wire/append-messages.js';
import { PerStream } from './per-stream.js';
import type { AppendPath } from './path.js';
import type { StandsThere } from './stands-there.js';

/** No append is tried more often, whatever its clock says. */
const TRIES_MAX = 500;
/** Below this there is no time left for another try. */
const TRY_MS_MIN = 20;
/** The last look into the log comes on top of the append's whole time. */
const LAST_LOOK_MS = 150;

export interface AppenderParts extends Ambient {
  readonly lane: Lane;
  readonly path: AppendPath;
  readonly standsThere: StandsThere;
  readonly furthest: Furthest;
  readonly deadlines: Deadlines;
  readonly limits: Limits;
  readonly onTrouble: (trouble: Trouble) => void;
}

/** Where an append with its tries stands. */
interface Course {
  readonly startedMs: number;
  /** What stands up to here was not written by this append. */
  readonly furthest: Position | 'start';
  tries: number;
  /** A try ended without an answer: the events may stand in the log. */
  ambiguous: boolean;
  lastWhy: string;
  /** NotLeader has been followed at once before. */
  movedAtOnce: boolean;
}

/**
 * Writes, and answers truthfully. A try without an answer is followed by the very same one, same ids at the same revision,
 * which the server takes for the append that it is; so a lost answer, a lost connection or a new leader cost time and nothing
 * else. Appends to one stream go out one after the other, in the order of the calls.
 */
export class Appender {
  private readonly limiter: Limiter;
  private readonly streams = new PerStream();
  private readonly stop = manyListeners(new AbortController());
  private waiting = 0;

  constructor(private readonly parts: AppenderParts) {
    const { appendsInFlight } = parts.limits;
    this.limiter = new Limiter(appendsInFlight, Number.POSITIVE_INFINITY, closedError);
  }

  /** `stream` as the server names it. The events' bytes are copied before this returns. */
  append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<AppendResult> {
    if (this.waiting >= this.parts.limits.appendsWaiting) {
      return Promise.reject(new StoreError('store-busy', `${this.waiting} appends wait already`));
    }
    const encoded = encodeAppend(stream, events, expected);
    this.waiting += 1;
    return this.streams
      .inTurn(stream, () => this.limiter.run(() => this.settle(encoded)))
      .finally(() => {
        this.waiting -= 1;
      });
  }

  /** Nothing new is sent from now on; tries under way get their answer or their deadline. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.streams.idle();
  }

  private async settle(append: EncodedAppend): Promise<AppendResult> {
    const course: Course = {
      startedMs: this.parts.nowMs(),
      furthest: this.parts.furthest.place,
      tries: 0,
      ambiguous: false,
      lastWhy: '',
      movedAtOnce: false,
    };
    for (;;) {
      const answer = await this.tryOnce(append, course);
      const result = await this.judge(append, course, answer);
      if (result !== undefined) return result;
      await this.waitBeforeRetry(course, answer);
    }
  }

  private async tryOnce(append: EncodedAppend, course: Course): Promise<AppendAnswer> {
    const { lane, path, deadlines } = this.parts;
    const deadlineMs = Math.min(deadlines.appendTryMs, this.leftMs(course));
    course.tries += 1;
    if (this.stop.signal.aborted) throw course.ambiguous ? this.unknown(append, course) : closedError();
    let connection: Connection | undefined;
    try {
      connection = lane.ready ?? (await within(this.parts.sleep, deadlineMs, lane.connection(), undefined));
      if (connection === undefined) return { kind: 'not-sent', message: 'no node found within the deadline' };
    } catch (error) {
      if (this.stop.signal.aborted) throw course.ambiguous ? this.unknown(append, course) : closedError();
      return { kind: 'not-sent', message: error instanceof Error ? error.message : String(error) };
    }
    const answer = await path.try(connection, append, deadlineMs);
    if (answer.kind === 'written' || answer.kind === 'conflict') lane.succeeded();
    else lane.failed(connection, answer);
    return answer;
  }

  /** The result, or undefined where another try must settle it. */
  private async judge(append: EncodedAppend, course: Course, answer: AppendAnswer): Promise<AppendResult | undefined> {
    switch (answer.kind) {
      case 'written':
        return this.written(append, course, answer);
      case 'conflict':
        return this.afterConflict(append, course, answer.actualRevision);
      case 'ambiguous':
        course.ambiguous = true;
        course.lastWhy = whyOf(course, answer);
        if (append.expected === 'any') return this.lookFor(append, course);
        break;
      case 'not-leader':
      case 'not-sent':
        course.lastWhy = whyOf(course, answer);
        break;
      default:
        throw storeErrorOf(answer, `append to ${JSON.stringify(append.stream)}`);
    }
    if (this.leftMs(course) >= TRY_MS_MIN && course.tries < TRIES_MAX && !this.stop.signal.aborted) return undefined;
    if (!course.ambiguous) throw this.stop.signal.aborted ? closedError() : this.unavailable(append, course);
    return this.lookFor(append, course);
  }

  /**
   * A server answers a repeat with the words of the first answer. What was known to stand in the log before this append was
   * sent is not its own; behind that it may still be another's, who was quicker by a moment and had not been heard of yet.
   */
  private written(
    append: EncodedAppend,
    { furthest }: Course,
    { revision, position }: AppendAnswer & { kind: 'written' },
  ): AppendResult {
    this.parts.furthest.note(position);
    const repeated = position === undefined || comparePositions(position, furthest) <= 0;
    return { kind: 'appended', lastRevision: lastRevisionOf(append, revision), position, repeated };
  }

  /** A refused revision after a try without an answer: somebody wrote, and that may have been us. */
  private async afterConflict(append: EncodedAppend, course: Course, actualRevision: number): Promise<AppendResult> {
    const conflict = { kind: 'wrong-revision', actualRevision } as const;
    if (!course.ambiguous || append.expected === 'any') return conflict;
    if (actualRevision < append.expected + append.ids.length) return conflict;
    const found = await this.parts.standsThere(append, Math.max(LAST_LOOK_MS, this.leftMs(course)));
    if (found.kind === 'there') return found.result;
    if (found.kind === 'unknown') throw this.unknown(append, course);
    return conflict;
  }

  /** The last word where trying is over: the log itself. Absence proves nothing, a late write may still arrive. */
  private async lookFor(append: EncodedAppend, course: Course): Promise<AppendResult> {
    const found = await this.parts.standsThere(append, LAST_LOOK_MS);
    if (found.kind === 'there') return found.result;
    if (found.kind === 'other') return { kind: 'wrong-revision', actualRevision: found.actualRevision };
    throw this.unknown(append, course);
  }

  private async waitBeforeRetry(course: Course, answer: AppendAnswer): Promise<void> {
    const { sleep, random, deadlines, onTrouble } = this.parts;
    if (course.tries === 1) onTrouble({ kind: 'append-retried', message: course.lastWhy });
    if (answer.kind === 'not-leader' && answer.leader !== undefined && !course.movedAtOnce) {
      course.movedAtOnce = true;
      return;
    }
    const ceiling = Math.min(deadlines.backoffMaxMs, deadlines.backoffFirstMs * 2 ** Math.min(course.tries, 30));
    const waitMs = deadlines.backoffFirstMs + random() * Math.max(0, ceiling - deadlines.backoffFirstMs);
    await pause(sleep, Math.min(waitMs, Math.max(0, this.leftMs(course))), this.stop.signal);
  }

  private leftMs(course: Course): number {
    const elapsedMs = Math.max(0, this.parts.nowMs() - course.startedMs);
    return this.parts.deadlines.appendTotalMs - elapsedMs;
  }

  private unknown({ stream, ids }: EncodedAppend, { tries, lastWhy }: Course): StoreError {
    const what = `${ids.length} events to ${JSON.stringify(stream)}`;
    return new StoreError('append-ambiguous', `${what}: not known whether written after ${tries} tries: ${lastWhy}`);
  }

  private unavailable({ stream }: EncodedAppend, { tries, lastWhy }: Course): StoreError {
    return new StoreError(
      'store-unavailable',
      `append to ${JSON.stringify(stream)}: nothing written in ${tries} tries: ${lastWhy}`,
    );
  }
}

/** The last try is cut short by the time that is left: its silence says less than what came before. */
const whyOf = ({ lastWhy }: Course, { message }: { readonly message: string }): string =>
  message === NO_ANSWER && lastWhy !== '' ? lastWhy : message;

/**
 * The revision is counted, not taken over: the end of a repeated append is not always this one's. Only a stream that was
 * deleted and begins again goes on where it had ended, and then the server alone knows where.
 */
const lastRevisionOf = ({ expected, ids }: EncodedAppend, told: number | undefined): number => {
  if (expected === 'any') return told ?? NO_STREAM;
  const counted = expected + ids.length;
  return expected === NO_STREAM ? Math.max(counted, told ?? counted) : counted;
};
