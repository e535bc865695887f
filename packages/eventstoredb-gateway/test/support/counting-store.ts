import type { AllPage, EventStore } from '@lapse/store';

export interface Counted {
  readonly store: EventStore;
  /** Events whose payload was read, by pages of the log or of a stream. */
  eventsRead(): number;
}

/** The same store, counting how many events are read from it. */
export const countingStore = (inner: EventStore): Counted => {
  let read = 0;
  const counted = (page: AllPage): AllPage =>
    new Proxy(page, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        if (property === 'event') read += 1;
        return value.bind(target) as unknown;
      },
    });
  const store: EventStore = {
    tellsRepeats: inner.tellsRepeats,
    append: (...args) => inner.append(...args),
    readStream: async (...args) => {
      const page = await inner.readStream(...args);
      if (page.kind === 'page') read += page.events.length;
      return page;
    },
    readAll: async (options) => counted(await inner.readAll(options)),
    subscribe: (options) => inner.subscribe(options),
    headPosition: () => inner.headPosition(),
    comparePositions: (a, b) => inner.comparePositions(a, b),
    identity: () => inner.identity(),
    close: () => inner.close(),
  };
  return { store, eventsRead: () => read };
};
