import {
  StoreError,
  type EventStore,
  type Position,
  type SubscribeOptions,
  type SubscriptionMessage,
} from '@lapse/store';

/** How one subscription goes wrong: after so many messages, and in which way. */
export type Fault =
  | { readonly kind: 'drop' | 'end' | 'stall'; readonly afterMessages: number; readonly startsBack?: number }
  | { readonly kind: 'none'; readonly startsBack?: number };

export interface Faulty {
  readonly store: EventStore;
  readonly openedAfter: (Position | 'start')[];
  /** Subscriptions that are neither ended nor left. */
  readonly open: () => number;
}

/**
 * A store whose subscriptions drop, end without a word, stall for ever without looking at their signal, and hand out events
 * again that stand before the place that was asked for (`startsBack` events earlier).
 */
export const faultyStore = (real: EventStore, nextFault: () => Fault): Faulty => {
  const openedAfter: (Position | 'start')[] = [];
  let open = 0;
  const earlier = async (after: Position | 'start', back: number): Promise<Position | 'start'> => {
    if (after === 'start' || back === 0) return after;
    const places: (Position | 'start')[] = ['start'];
    const page = await real.readAll({ after: 'start', maxCount: 10_000 });
    for (let i = 0; i < page.size; i += 1) places.push(page.position(i));
    return places[Math.max(0, places.findIndex((place) => place === after) - back)] ?? 'start';
  };
  async function* subscribe(options: SubscribeOptions): AsyncGenerator<SubscriptionMessage> {
    const fault = nextFault();
    openedAfter.push(options.after);
    open += 1;
    try {
      const after = await earlier(options.after, fault.startsBack ?? 0);
      let messages = 0;
      if (fault.kind !== 'none' && fault.afterMessages === 0) {
        if (fault.kind === 'end') return;
        await goWrong(fault.kind);
      }
      for await (const message of real.subscribe({ ...options, after })) {
        yield message;
        messages += 1;
        if (fault.kind === 'none' || messages < fault.afterMessages) continue;
        if (fault.kind === 'end') return;
        await goWrong(fault.kind);
      }
    } finally {
      open -= 1;
    }
  }
  const store: EventStore = {
    tellsRepeats: real.tellsRepeats,
    append: (...call) => real.append(...call),
    readStream: (...call) => real.readStream(...call),
    readAll: (options) => real.readAll(options),
    headPosition: () => real.headPosition(),
    comparePositions: (a, b) => real.comparePositions(a, b),
    identity: () => real.identity(),
    close: () => real.close(),
    subscribe,
  };
  return { store, openedAfter, open: () => open };
};

async function goWrong(kind: 'drop' | 'stall'): Promise<void> {
  if (kind === 'drop') throw new StoreError('store-unavailable', 'the connection broke');
  await new Promise<never>(() => undefined);
}
