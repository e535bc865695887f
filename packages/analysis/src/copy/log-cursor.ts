import type { AllPage, EventStore, Position, RecordedEvent } from '@lapse/store';

const PAGE_EVENTS = 4_000;

export interface LogCursorOptions {
  readonly streamPrefixes: readonly string[];
  /** Events behind it are not there for this cursor. Left out: to the end of the log as it is when that is reached. */
  readonly until?: Position | 'start' | undefined;
}

/** Walks a log event by event, never holding more than a page. */
export class LogCursor {
  private page: AllPage | undefined;
  private index = 0;
  private event: RecordedEvent | undefined;
  private taken: Position | 'start' = 'start';

  constructor(
    readonly store: EventStore,
    private readonly options: LogCursorOptions,
  ) {}

  /** Everything up to here has been taken. */
  get place(): Position | 'start' {
    return this.taken;
  }

  /** The event at hand, the same one until it is taken; undefined at the end. */
  async current(): Promise<RecordedEvent | undefined> {
    if (this.event !== undefined) return this.event;
    while (this.page === undefined || this.index >= this.page.size) {
      if (this.page?.atEnd === true) return undefined;
      this.page = await this.nextPage();
      this.index = 0;
    }
    if (this.isBeyond(this.page.position(this.index))) return undefined;
    this.event = this.page.event(this.index);
    return this.event;
  }

  take(): void {
    if (this.event === undefined) return;
    this.taken = this.event.position;
    this.event = undefined;
    this.index += 1;
  }

  private nextPage(): Promise<AllPage> {
    const { streamPrefixes } = this.options;
    return this.store.readAll({ after: this.page?.scannedTo ?? 'start', maxCount: PAGE_EVENTS, streamPrefixes });
  }

  private isBeyond(position: Position): boolean {
    const { until } = this.options;
    return until !== undefined && this.store.comparePositions(position, until) > 0;
  }
}
