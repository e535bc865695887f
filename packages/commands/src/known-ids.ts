import { isDeepStrictEqual } from 'node:util';
import { readEvent, refuse, type Refusal } from '@lapse/domain';
import type { RecordedEvent } from '@lapse/store';
import type { Context } from './context.js';
import type { PreparedEvent } from './prepare.js';
import type { LoadedSession } from './session-cache.js';
import type { Appended } from './types.js';

/**
 * D18: event ids are looked at first, before the session's state. `undefined`: none of the events is known. All known:
 * the answer of the first time. A known id with another type or other data, or twice in one batch, is refused before a
 * batch that mixes known and new ones is.
 */
export const answerKnownIds = async (
  context: Context,
  chain: readonly LoadedSession[],
  events: readonly PreparedEvent[],
): Promise<Appended | Refusal | undefined> => {
  const twice = indexOfRepetition(events);
  const homes = events.map((event, index) => homeOf(index === twice ? undefined : event, chain));
  const stored = await Promise.all(homes.map((home) => readOne(context, home)));
  const reused = events.findIndex((event, i) => {
    const recorded = stored[i];
    return i === twice || (recorded !== undefined && !saysTheSame(recorded, event));
  });
  if (reused >= 0) {
    return refuse('event-id-reused', `event ${reused} bears an id that stands for other data already`, {
      index: reused,
    });
  }
  const isKnown = homes.map((home) => home !== undefined);
  const odd = isKnown.findIndex((known) => known !== isKnown[0]);
  if (odd >= 0) {
    return refuse(
      'batch-half-known',
      `some events of the batch are written already and others are not (event ${odd})`,
      {
        index: odd,
      },
    );
  }
  const first = homes[0];
  return first === undefined ? undefined : answerOfTheFirstTime(first.session, stored as RecordedEvent[]);
};

/** An id twice in one batch: wrong wherever it is sent to. */
export const refuseRepetition = (events: readonly PreparedEvent[]): Refusal | undefined => {
  const twice = indexOfRepetition(events);
  return twice < 0 ? undefined : idReused(twice);
};

const idReused = (index: number): Refusal =>
  refuse('event-id-reused', `event ${index} bears an id that stands for other data already`, { index });

interface Home {
  readonly session: LoadedSession;
  readonly revision: number;
}

const indexOfRepetition = (events: readonly PreparedEvent[]): number => {
  const seen = new Set<string>();
  return events.findIndex((event) => seen.size === seen.add(event.id).size);
};

/** Ids of a `closed` are sought in the addressed session only: it acts on no other. */
const homeOf = (event: PreparedEvent | undefined, chain: readonly LoadedSession[]): Home | undefined => {
  if (event === undefined || !event.isIdGiven) return undefined;
  const reachable = event.event.type === 'closed' ? chain.slice(0, 1) : chain;
  for (const session of reachable) {
    const revision = session.ids.get(event.id);
    if (revision !== undefined) return { session, revision };
  }
  return undefined;
};

const readOne = async (context: Context, home: Home | undefined): Promise<RecordedEvent | undefined> => {
  if (home === undefined) return undefined;
  const page = await context.store.readStream(home.session.stream, { from: home.revision, maxCount: 1 });
  return page.kind === 'page' ? page.events[0] : undefined;
};

/** The time aside, which a sender may leave out or which was moved to the receipt. */
const saysTheSame = (recorded: RecordedEvent, { event }: PreparedEvent): boolean => {
  const read = readEvent(recorded);
  if (read.kind !== 'event' || read.event.type !== event.type) return false;
  return isDeepStrictEqual(plain(read.event.data), plain(event.data));
};

const plain = (data: object): unknown => JSON.parse(JSON.stringify(data));

const answerOfTheFirstTime = (session: LoadedSession, stored: readonly RecordedEvent[]): Appended => {
  const last = stored.at(-1);
  return {
    kind: 'appended',
    sessionId: session.sessionId,
    previousSessionId: session.state.opened?.previousSessionId,
    openedSuccessor: false,
    events: stored.map((recorded) => {
      const read = readEvent(recorded);
      return {
        id: recorded.id,
        type: recorded.type,
        revision: recorded.revision,
        occurredAtMs: read.kind === 'event' ? read.event.occurredAtMs : 0,
      };
    }),
    revision: last?.revision ?? -1,
    position: last?.position,
    repeated: true,
  };
};
