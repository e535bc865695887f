import {
  DECISION_WHY_CHARS_MAX,
  decisionWhy,
  encodeEvent,
  isUlid,
  refuse,
  skipEventId,
  type Parked,
  type ParkDecision,
  type Refusal,
} from '@lapse/domain';
import { isStoreError, type RecordedEvent } from '@lapse/store';
import { pauseBeforeRetry, type Context } from './context.js';
import { readDecisions, skipOf } from './decisions.js';
import { readSessionStream } from './load.js';
import { contention, newEventId, readMerchantState } from './merchant-stream.js';
import type { ParkedReading, Retried, RetryParked, Skipped, SkipParked } from './types.js';

/** A stream by its name; a ULID alone means that session's. */
const streamNamed = ({ names }: Context, text: string): string => (isUlid(text) ? names.session(text) : text);

/** A stream that may be parked, folded with every decision taken so far. `no-such-stream` for none of ours. */
export const readParked = async (context: Context, named: string): Promise<ParkedReading | Refusal> => {
  const stream = streamNamed(context, named);
  const name = context.names.read(stream);
  if (name.kind === 'foreign' || name.kind === 'operations' || stream === '') return noSuchStream(stream);
  const first = await readOne(context, stream, 0);
  if (first === undefined) return noSuchStream(stream);
  const parked =
    name.kind === 'bad' ? { revision: first.revision, why: name.why } : await parkedNow(context, stream, name);
  const event = parked === undefined ? undefined : await readOne(context, stream, parked.revision);
  const { list } = await readDecisions(context, stream);
  return { kind: 'stream', stream, name, parked, event, decisions: list };
};

const parkedNow = async (
  context: Context,
  stream: string,
  { kind, id }: { readonly kind: 'session' | 'merchant'; readonly id: string },
): Promise<Parked | undefined> =>
  kind === 'session'
    ? (await readSessionStream(context, id, stream))?.state.parked
    : (await readMerchantState(context, id)).parked;

const readOne = async (context: Context, stream: string, from: number): Promise<RecordedEvent | undefined> => {
  try {
    const page = await context.store.readStream(stream, { from, maxCount: 1 });
    return page.kind === 'page' ? page.events[0] : undefined;
  } catch (error) {
    // No store would have taken an event under such a name.
    if (isStoreError(error) && error.code === 'bad-stream-name') return undefined;
    throw error;
  }
};

/**
 * Leaves one event out of a parked stream, for good: recorded in the log, so that every engine does it from then on. Only
 * the very event that parks the stream now may be skipped; one that was skipped before is answered as the first time.
 */
export const skipParked = async (context: Context, command: SkipParked): Promise<Skipped | Refusal> => {
  const { revision, by, trace } = command;
  const why = decisionWhy.safeParse(command.why);
  if (!why.success) return badWhy();
  for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
    await pauseBeforeRetry(context, attempt);
    const reading = await readParked(context, command.stream);
    if (reading.kind === 'refused') return reading;
    const { stream } = reading;
    const decisions = await readDecisions(context, stream);
    const event = await readOne(context, stream, revision);
    const earlier = event === undefined ? undefined : skipOf(context.store, decisions, event);
    if (earlier !== undefined) {
      const { position } = earlier;
      return {
        kind: 'skipped',
        stream,
        revision,
        parked: await stillParked(context, stream),
        position,
        repeated: true,
      };
    }
    const refused = refuseSkip(reading, revision);
    if (refused !== undefined) return refused;
    const decision: ParkDecision = {
      type: 'stream-skipped',
      occurredAtMs: context.nowMs(),
      data: { stream, revision, why: why.data, by },
    };
    const encoded = encodeEvent(skipEventId(stream, revision), decision, trace);
    const written = await context.store.append(context.names.operations(stream), [encoded], decisions.revision);
    if (written.kind === 'wrong-revision') continue;
    context.cache.drop(stream);
    const parked = await stillParked(context, stream);
    return { kind: 'skipped', stream, revision, parked, position: written.position, repeated: written.repeated };
  }
  return contention(`the decisions on ${command.stream}`);
};

const refuseSkip = ({ stream, name, parked }: ParkedReading, revision: number): Refusal | undefined => {
  if (parked === undefined) return refuse('not-parked', `${stream} is not parked: there is nothing to skip`);
  if (name.kind === 'bad') return badName(stream, name.why);
  if (parked.revision === revision) return undefined;
  return refuse('wrong-revision', `${stream} is parked at revision ${parked.revision}, not at ${revision}`, {
    actualRevision: parked.revision,
  });
};

/**
 * Has the read models fold a parked stream again: for one that this Lapse can read and an older one could not, or that a
 * read model of a fixed Lapse no longer trips over.
 */
export const retryParked = async (context: Context, command: RetryParked): Promise<Retried | Refusal> => {
  const why = command.why === undefined ? undefined : decisionWhy.safeParse(command.why);
  if (why?.success === false) return badWhy();
  for (let attempt = 0; attempt < context.limits.attemptsMax; attempt++) {
    await pauseBeforeRetry(context, attempt);
    const reading = await readParked(context, command.stream);
    if (reading.kind === 'refused') return reading;
    const { stream, name, parked } = reading;
    if (name.kind === 'bad') return badName(stream, name.why);
    const { revision } = await readDecisions(context, stream);
    const nowMs = context.nowMs();
    const data = { stream, ...(why === undefined ? {} : { why: why.data }), by: command.by };
    const decision: ParkDecision = { type: 'stream-retried', occurredAtMs: nowMs, data };
    const encoded = encodeEvent(newEventId(context, nowMs), decision, command.trace);
    const written = await context.store.append(context.names.operations(stream), [encoded], revision);
    if (written.kind === 'wrong-revision') continue;
    context.cache.drop(stream);
    return { kind: 'retried', stream, parked, position: written.position };
  }
  return contention(`the decisions on ${command.stream}`);
};

const stillParked = async (context: Context, stream: string): Promise<Parked | undefined> => {
  const reading = await readParked(context, stream);
  return reading.kind === 'stream' ? reading.parked : undefined;
};

const noSuchStream = (stream: string): Refusal =>
  refuse('no-such-stream', `there is no session's or merchant's stream ${JSON.stringify(stream)}`);

const badName = (stream: string, why: string): Refusal =>
  refuse('stream-parked', `${stream} cannot be anybody's: ${why}. No decision helps; its writer must use another name`);

const badWhy = (): Refusal => refuse('bad-value', `why must be text of 1 to ${DECISION_WHY_CHARS_MAX} characters`);
