import { follow, type FollowOptions, type FollowTrouble, type Position } from '@lapse/store';
import { sleep, type Opened } from './ambient.js';
import { storeWith } from './with-store.js';

export const QUICK = { subscribeMs: 1000, silenceMs: 150, backoffFirstMs: 1, backoffMaxMs: 5 };

export const withStore = storeWith({ deadlines: QUICK });

/** Follows into a list; stops when told to. */
export class Follower {
  readonly ids: string[] = [];
  readonly positions: Position[] = [];
  readonly caughtUpAt: (Position | 'start')[] = [];
  readonly troubles: FollowTrouble[] = [];
  scannedTo: Position | 'start' = 'start';
  readonly done: Promise<void>;
  private readonly stopping = new AbortController();

  constructor(store: Opened, options: Partial<FollowOptions> = {}) {
    this.scannedTo = options.after ?? 'start';
    this.done = follow(store, {
      after: 'start',
      pageSizeMax: 20,
      onPage: (page) => {
        for (let i = 0; i < page.size; i += 1) {
          this.ids.push(page.event(i).id);
          this.positions.push(page.position(i));
        }
        this.scannedTo = page.scannedTo;
      },
      onCaughtUp: (at) => void this.caughtUpAt.push(at),
      onTrouble: (trouble) => void this.troubles.push(trouble),
      backoff: { firstMs: 1, maxMs: 5 },
      random: Math.random,
      sleep,
      signal: this.stopping.signal,
      ...options,
    });
    this.done.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }
}
