export interface Deadline {
  readonly isOver: boolean;
  cancel(): void;
}

class Entry implements Deadline {
  isOver = false;

  constructor(
    readonly atMs: number,
    readonly onOver: () => void,
    private readonly entries: Set<Entry>,
  ) {}

  cancel(): void {
    this.entries.delete(this);
  }
}

export interface DeadlineOptions {
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly checkMs: number;
}

/** Deadlines of appends, looked at together every so often: one sleep for all of them, and none while there are none. */
export class Deadlines {
  private readonly entries = new Set<Entry>();
  private readonly stopped = new AbortController();
  private isTicking = false;

  constructor(private readonly options: DeadlineOptions) {}

  add(inMs: number, onOver: () => void): Deadline {
    const entry = new Entry(this.options.nowMs() + inMs, onOver, this.entries);
    this.entries.add(entry);
    if (!this.isTicking) void this.tick();
    return entry;
  }

  stop(): void {
    this.stopped.abort();
    this.entries.clear();
  }

  private async tick(): Promise<void> {
    const { nowMs, sleep, checkMs } = this.options;
    const { signal } = this.stopped;
    this.isTicking = true;
    while (this.entries.size > 0 && !signal.aborted) {
      await sleep(checkMs, signal).catch(() => undefined);
      const now = nowMs();
      for (const entry of this.entries) {
        if (entry.atMs > now) continue;
        this.entries.delete(entry);
        entry.isOver = true;
        entry.onOver();
      }
    }
    this.isTicking = false;
  }
}
