import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import type { ProjectionLimits } from '../limits.js';
import type { Projector } from '../projector.js';
import type { Log, SetTimer } from '../timer.js';
import { beginOrResume, dropBuilding, findBuilding, promote, type Building } from '../views/building.js';
import { tryLock, type ViewsLock } from '../views/lock.js';
import { readRebuildRecord } from '../views/rebuild-record.js';
import { IN_MEMORY, type Place, type Views } from '../views/views.js';
import { Builder, GENTLE } from './builder.js';

/** The running read models, as far as new rows must know them. */
export interface RunningReadModels {
  /** Everything up to here is folded. */
  position(): Place;
  /** Writes what is folded. */
  flush(): void;
  /** Runs `work` while no page is being folded. */
  between(work: () => Promise<void>): Promise<void>;
  /** Other rows are live now. */
  swapped(names: readonly string[]): void;
}

export interface RenewalOptions {
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly projectors: readonly Projector[];
  readonly running: RunningReadModels;
  readonly limits: ProjectionLimits;
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
  readonly log: Log;
}

/**
 * Puts new rows in the place of live ones inside a running engine: those that a rebuild beside it has made ready, and those
 * that it builds itself because a read model's version has changed. Readers keep the old ones until the moment of the swap.
 */
export class Renewal {
  private readonly stopping = new AbortController();
  private under: Promise<void> | undefined;

  constructor(private readonly options: RenewalOptions) {}

  /** Ends what is under way behind a page; the next start goes on with it. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.under;
  }

  /** Takes over rows that are ready, if there are any. Never rejects. */
  takeOverReady(): Promise<void> {
    return this.alone(async () => {
      const record = readRebuildRecord(this.options.views);
      if (record?.state !== 'ready') return;
      const building = await this.find(record.names);
      if (building !== undefined) {
        await this.finish(this.builder(building), building);
        return;
      }
      const message = `what was built of ${record.names.join(', ')} does not fit this log or this Lapse, and is dropped`;
      this.options.log({ level: 'warn', what: 'rebuild-dropped', message });
      this.options.views.transaction(() => dropBuilding(this.options.views));
    });
  }

  /** Builds the named read models and swaps them in; tries again after trouble until it is stopped. Never rejects. */
  async upgrade(names: readonly string[]): Promise<void> {
    while (this.under !== undefined) await this.under;
    await this.alone(async () => {
      for (let failures = 1; !this.stopping.signal.aborted; failures++) {
        try {
          if (await this.upgradeOnce(names)) return;
        } catch (error) {
          this.tell(error);
        }
        await this.sleep(this.retryDelayMs(failures));
      }
    });
  }

  /** One at a time; a second one that comes meanwhile is left out. */
  private async alone(work: () => Promise<void>): Promise<void> {
    if (this.under !== undefined || this.stopping.signal.aborted) return;
    this.under = work().catch((error: unknown) => this.tell(error));
    await this.under;
    this.under = undefined;
  }

  /** False where another rebuild holds the file. */
  private async upgradeOnce(names: readonly string[]): Promise<boolean> {
    const { views, store, projectors, nowMs, log } = this.options;
    const held = takeRebuildLock(views);
    if (held === undefined) return false;
    try {
      const logNow = { identity: await store.identity(), head: await store.headPosition() };
      const shared = { names, projectors, log: logNow, compare: this.compare, nowMs: nowMs() };
      const building = beginOrResume(views, { ...shared, why: 'upgrade', parks: true, fromZero: false });
      await this.finish(this.builder(building), building);
      if (!this.stopping.signal.aborted) {
        log({ level: 'info', what: 'views-upgraded', message: `${names.join(', ')}: built anew and live` });
      }
      return true;
    } finally {
      held.release();
    }
  }

  private async finish(builder: Builder, building: Building): Promise<void> {
    const { running } = this.options;
    const { signal } = this.stopping;
    if (!(await builder.advance(() => running.position(), signal))) return;
    builder.complete();
    await running.between(async () => {
      do {
        if (!(await builder.advance(() => running.position(), signal))) return;
        // Rows that were built without an engine may be ahead of this one: it comes there first.
        if (this.compare(builder.position, running.position()) > 0) return;
        running.flush();
      } while (builder.position !== running.position());
      this.swap(builder, building);
    });
  }

  private swap(builder: Builder, building: Building): void {
    promote(this.options.views, { ...building, record: builder.record });
    this.options.running.swapped(building.record.names);
  }

  private builder(building: Building): Builder {
    const { views, store, names, log, nowMs } = this.options;
    const pause = (workedMs: number): Promise<void> => this.sleep(Math.max(1, workedMs));
    return views.reading(() => new Builder({ views, store, names, building, limits: GENTLE, nowMs, pause, log }));
  }

  private async find(names: readonly string[]): Promise<Building | undefined> {
    const { views, store, projectors } = this.options;
    const log = { identity: await store.identity(), head: await store.headPosition() };
    return findBuilding(views, { names, projectors, log, compare: this.compare });
  }

  private readonly compare = (a: Place, b: Place): number => this.options.store.comparePositions(a, b);

  private tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.options.log({ level: 'warn', what: 'rebuild-trouble', message });
  }

  private retryDelayMs(failures: number): number {
    const { retryDelayMsFirst, retryDelayMsMax } = this.options.limits;
    return Math.min(retryDelayMsMax, retryDelayMsFirst * 2 ** Math.min(failures, DOUBLINGS_MAX));
  }

  private sleep(ms: number): Promise<void> {
    const { signal } = this.stopping;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const wake = (): void => {
        cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.options.setTimer(ms, wake);
      signal.addEventListener('abort', wake);
    });
  }
}

const DOUBLINGS_MAX = 20;

const takeRebuildLock = (views: Views): ViewsLock | undefined =>
  views.file === IN_MEMORY ? { release: () => undefined } : tryLock(views.file, 'rebuild');
