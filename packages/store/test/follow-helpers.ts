import { follow, type AllPage, type EventStore, type FollowOptions, type FollowTrouble } from '@lapse/store';

/** One turn of the event loop, whatever the span: no test waits for a clock. */
const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await oneTurn();
};

/** Sleeps that only the test ends, or the signal. */
export class ManualSleep {
  readonly waiting: { readonly ms: number; readonly end: () => void }[] = [];

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.waiting.push({ ms, end });
      signal.addEventListener('abort', end);
    });

  /** Ends the sleeps of exactly this span, then lets everything that follows from it happen. */
  async end(ms: number): Promise<void> {
    const ended = this.waiting.filter((sleeping) => sleeping.ms === ms);
    for (const sleeping of ended) this.waiting.splice(this.waiting.indexOf(sleeping), 1);
    for (const { end } of ended) end();
    await turns(5);
  }
}

export interface Following {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  /** `stream@revision` of every event handed out. */
  readonly seen: string[];
  readonly troubles: FollowTrouble[];
  readonly caughtUp: string[];
}

export const namesIn = (page: AllPage): string[] =>
  Array.from({ length: page.size }, (_, i) => `${page.stream(i)}@${page.revision(i)}`);

export const startFollowing = (store: EventStore, options: Partial<FollowOptions> = {}): Following => {
  const stop = new AbortController();
  const seen: string[] = [];
  const troubles: FollowTrouble[] = [];
  const caughtUp: string[] = [];
  const done = follow(store, {
    after: 'start',
    onPage: (page) => void seen.push(...namesIn(page)),
    onCaughtUp: (at) => void caughtUp.push(at),
    onTrouble: (trouble) => troubles.push(trouble),
    backoff: { firstMs: 100, maxMs: 1000 },
    random: () => 0.5,
    sleep: oneTurn,
    signal: stop.signal,
    ...options,
  });
  // Each test awaits it; until then a rejection must not count as unhandled.
  done.catch(() => undefined);
  return { done, stop, seen, troubles, caughtUp };
};
