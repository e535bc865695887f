import { follow, type AllPage, type EventStore, type FollowTrouble, type Position } from '@lapse/store';
import { isMetadataStream, subjectOf } from '../streams/names.js';

/** Told that something new may be there. Reset it before reading: what comes during the reading is then not missed. */
export interface Watch {
  reset(): void;
  /** Resolves at once if something came since the reset, else when it comes or the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
  close(): void;
}

class Watcher implements Watch {
  private dirty = false;
  private wake: (() => void) | undefined;

  constructor(private readonly onClose: (watcher: Watcher) => void) {}

  touch(): void {
    this.dirty = true;
    this.wake?.();
  }

  reset(): void {
    this.dirty = false;
  }

  changed(signal: AbortSignal): Promise<void> {
    if (this.dirty || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.wake = undefined;
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.wake = done;
      signal.addEventListener('abort', done);
    });
  }

  close(): void {
    this.onClose(this);
  }
}

export interface LiveTailOptions {
  readonly store: EventStore;
  /** Where the log ended before the first reader came. */
  readonly after: Position | 'start';
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onTrouble: (trouble: FollowTrouble) => void;
  /** Called for every new event of a metadata stream, before anybody is woken. */
  readonly onMetadata: (subject: string) => void;
}

const BACKOFF = { firstMs: 50, maxMs: 5000 };

/**
 * One subscription to the store for all subscriptions of clients. It hands out no events, it only wakes those whose stream
 * has something new: each then reads on from its own place, so a slow reader is one that is catching up again.
 */
export class LiveTail {
  private readonly ofAll = new Set<Watcher>();
  private readonly ofStreams = new Map<string, Set<Watcher>>();
  private readonly stopped = new AbortController();

  constructor(private readonly options: LiveTailOptions) {}

  /** Resolves when it is stopped. In trouble everybody is woken: who then reads meets the same trouble and can say so. */
  run(): Promise<void> {
    const { store, after, random, sleep, onTrouble } = this.options;
    return follow(store, {
      after,
      payloadOfKinds: [],
      onPage: (page) => this.onPage(page),
      onTrouble: (trouble) => {
        onTrouble(trouble);
        this.touchEverybody();
      },
      isRetryable: () => true,
      backoff: BACKOFF,
      random,
      sleep,
      signal: this.stopped.signal,
    });
  }

  stop(): void {
    this.stopped.abort();
  }

  watchAll(): Watch {
    const watcher = new Watcher((closed) => this.ofAll.delete(closed));
    this.ofAll.add(watcher);
    return watcher;
  }

  watchStream(stream: string): Watch {
    const watchers = this.ofStreams.get(stream) ?? new Set<Watcher>();
    this.ofStreams.set(stream, watchers);
    const watcher = new Watcher((closed) => {
      watchers.delete(closed);
      if (watchers.size === 0 && this.ofStreams.get(stream) === watchers) this.ofStreams.delete(stream);
    });
    watchers.add(watcher);
    return watcher;
  }

  private onPage(page: AllPage): void {
    for (let i = 0; i < page.size; i += 1) {
      const stream = page.stream(i);
      if (isMetadataStream(stream)) {
        this.options.onMetadata(subjectOf(stream));
        this.touch(subjectOf(stream));
      }
      this.touch(stream);
    }
    for (const watcher of this.ofAll) watcher.touch();
  }

  private touchEverybody(): void {
    for (const watcher of this.ofAll) watcher.touch();
    for (const watchers of this.ofStreams.values()) for (const watcher of watchers) watcher.touch();
  }

  private touch(stream: string): void {
    const watchers = this.ofStreams.get(stream);
    if (watchers === undefined) return;
    for (const watcher of watchers) watcher.touch();
  }
}
