import type { EventStore, Position } from '../port.js';

/**
 * For a filtered subscription this counts on pages whose `scannedTo` moves where nothing matches: a store that stays silent
 * about foreign events has its subscription opened again, which is a waste but loses nothing.
 */
export interface Idle {
  /** After this long without a message the head is read; after as long again, still without one, the silence is judged. */
  readonly afterMs: number;
}

/** What the loop knows while it runs; the watch only reads it. */
export interface Activity {
  readonly handledTo: Position | 'start';
  readonly messages: number;
  /** A message is with its handler: the silence is ours. */
  readonly handling: boolean;
}

interface Question {
  readonly messages: number;
  head: Position | 'start' | 'no-answer';
}

/**
 * Resolves with `silent` when the store stays silent about an event that it has, or answers nothing at all for two spans
 * of `afterMs`; a live subscription on a node that was cut off looks exactly so, healthy to keepalive. Resolves with
 * `stopped` when the signal aborts. Calls `onHealthy` for every silence that was right.
 */
export const watchForSilence = async (
  store: EventStore,
  sleep: () => Promise<void>,
  activity: Activity,
  onHealthy: () => void,
  signal: AbortSignal,
): Promise<'silent' | 'stopped'> => {
  let asked: Question | undefined;
  while (!signal.aborted) {
    const before = activity.messages;
    await sleep();
    if (signal.aborted) break;
    if (activity.handling || activity.messages !== before) {
      asked = undefined;
      continue;
    }
    if (asked !== undefined && asked.messages === activity.messages) {
      if (asked.head === 'no-answer' || store.comparePositions(asked.head, activity.handledTo) > 0) return 'silent';
      onHealthy();
    }
    asked = askForHead(store, activity.messages);
  }
  return 'stopped';
};

/** Not awaited: the answer is looked at one span later, and a question without one is an answer too. */
const askForHead = (store: EventStore, messages: number): Question => {
  const question: Question = { messages, head: 'no-answer' };
  store.headPosition().then(
    (head) => {
      question.head = head;
    },
    () => undefined,
  );
  return question;
};
