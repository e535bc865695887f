import type { EventStore, FactsExtractor } from '../port.js';
import { contractFacts, eventFactory, type EventFactory } from './events.js';
import { seededRandom } from './seeded.js';

export interface OpenOptions {
  /** The store must use this extractor, or its fact columns cannot be judged. */
  readonly extractFacts: FactsExtractor;
  /** Seeded, for whatever the store's own test set-up wants to vary. */
  readonly random: () => number;
}

export interface OpenedStore {
  readonly store: EventStore;
  /** Closes whatever is still open of this log and opens it again. Required where {@link Capabilities.reopens}. */
  readonly reopen?: () => Promise<EventStore>;
  /** Closes what is still open and removes every trace; called once, also after a failure. */
  readonly dispose: () => Promise<void>;
}

/** What a store cannot do by its nature. A case that needs it is not registered, instead of being skipped. */
export interface Capabilities {
  /** The log outlives the store object. A memory store's does not. */
  readonly reopens: boolean;
  /** `repeated` is true for a repeat. An EventStoreDB node answers a repeat with the words of the first answer. */
  readonly tellsRepeats: boolean;
  /**
   * JSON bytes come back as they were written, spaces and all. A client that parses JSON when it reads gives back compact
   * JSON (the contract's own events are compact, so every other case holds there too).
   */
  readonly keepsJsonBytes: boolean;
  /** Streams and types that start with `$` are taken and read back. An EventStoreDB node keeps them for itself. */
  readonly keepsSystemNames: boolean;
}

export interface EventStoreContract {
  /** A new and empty log for one case. */
  readonly open: (options: OpenOptions) => Promise<OpenedStore>;
  /** How many rounds each race runs. */
  readonly interleavings: number;
  /** The largest append that a store from {@link open} takes, in bytes as `appendBytes` counts them. */
  readonly appendBytesMax: number;
  /** Where all chance of the contract comes from; it stands in every failure of a random case. */
  readonly seed: number;
  readonly capabilities: Capabilities;
}

/** What one case works with. */
export interface Bench {
  readonly store: EventStore;
  readonly make: EventFactory;
  readonly random: () => number;
  /** From now on {@link UNCERTAIN_TYPE} is understood. */
  readonly learn: () => void;
  readonly reopen: () => Promise<EventStore>;
  /** A second log of the same kind of store. */
  readonly openAnother: () => Promise<EventStore>;
}

/** Runs one case on a new store and always disposes of it. */
export const onBench =
  (contract: EventStoreContract, work: (bench: Bench) => Promise<void>): (() => Promise<void>) =>
  async () => {
    const random = seededRandom(contract.seed);
    let understands = false;
    const openOne = (): Promise<OpenedStore> =>
      contract.open({ extractFacts: contractFacts(() => understands), random });
    const opened = [await openOne()];
    try {
      await work({
        store: opened[0]!.store,
        make: eventFactory(random),
        random,
        learn: () => {
          understands = true;
        },
        reopen: async () => {
          const { reopen } = opened[0]!;
          if (reopen === undefined) throw new Error('capabilities.reopens is set, but open() gave no reopen()');
          return reopen();
        },
        openAnother: async () => {
          const another = await openOne();
          opened.push(another);
          return another.store;
        },
      });
    } finally {
      for (const { dispose } of opened) await dispose();
    }
  };
