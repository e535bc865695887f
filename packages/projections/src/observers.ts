import type { AllPage } from '@lapse/store';
import type { SessionEntry, SessionHandle } from './sessions/entry.js';
import type { Log } from './timer.js';

/** Where a session was touched. One object for all: read it, do not keep it. */
export interface Touched {
  /** The store's own time of the session's newest event in this page. */
  readonly storedAtMs: number;
}

/** Hears of sessions as they change. Must not throw, and must not wait: the next page comes after it. */
export interface SessionsObserver {
  /** Once after every page that touched the session: its state has moved. */
  onSession(session: SessionHandle, touched: Touched): void;
  /** Everything that stood in the log is folded. */
  onCaughtUp?(): void;
  /** Not any more: the subscription broke off or the read models stopped. */
  onBehind?(): void;
  /** Every session's row may have changed: begin anew from the rows. */
  onReset?(): void;
}

class TouchedInPage implements Touched {
  page: AllPage | undefined;
  index = 0;
  get storedAtMs(): number {
    return (this.page as AllPage).storedAtMs(this.index);
  }
}

export class Observers {
  private readonly observers: SessionsObserver[] = [];
  private readonly touched = new TouchedInPage();

  constructor(private readonly log: Log) {}

  add(observer: SessionsObserver): void {
    this.observers.push(observer);
  }

  onSession(entry: SessionEntry, page: AllPage): void {
    this.touched.page = page;
    this.touched.index = entry.touchedAt;
    this.each((observer) => observer.onSession(entry, this.touched));
  }

  onCaughtUp(): void {
    this.each((observer) => observer.onCaughtUp?.());
  }

  onBehind(): void {
    this.each((observer) => observer.onBehind?.());
  }

  onReset(): void {
    this.each((observer) => observer.onReset?.());
  }

  /** One observer's mistake is not the projection's: the rows are right. */
  private each(tell: (observer: SessionsObserver) => void): void {
    for (const observer of this.observers) {
      try {
        tell(observer);
      } catch (error) {
        const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.log({ level: 'error', what: 'observer-failed', message: why });
      }
    }
  }
}
