import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import { ViewsError } from '../errors.js';
import { PAYLOAD_KINDS } from '../pipeline/pipeline.js';
import { followedPrefixes } from '../followed-prefixes.js';
import { ReadModels } from '../read-models.js';
import { SessionTable } from '../sessions/table.js';
import type { Log } from '../timer.js';
import type { Building } from '../views/building.js';
import { writeRebuildRecord, type RebuildRecord } from '../views/rebuild-record.js';
import type { Place, Views } from '../views/views.js';
import { upTo } from './first-of-page.js';

export interface BuilderLimits {
  /** Events of one page. */
  readonly pageSizeMax: number;
  /** Rows that may wait to be written. */
  readonly dirtyRowsMax: number;
}

/** Long transactions and long pages: fastest where nobody else waits for the file or the thread. */
export const FAST: BuilderLimits = { pageSizeMax: 5_000, dirtyRowsMax: 50_000 };
/** Short ones, with as long a pause behind each: an engine beside it writes in between. */
export const GENTLE: BuilderLimits = { pageSizeMax: 1_000, dirtyRowsMax: 2_000 };

export interface BuilderOptions {
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly building: Building;
  readonly limits: BuilderLimits;
  readonly nowMs: () => number;
  /** Between two writes: others have their turn. */
  readonly pause: (workedMs: number) => Promise<void>;
  readonly log: Log;
  /** After every write. */
  readonly onProgress?: ((record: RebuildRecord, position: Place) => void) | undefined;
}

/** Folds the log into rows that nobody reads yet. What is written goes on from there, however the last run ended. */
export class Builder {
  readonly models: ReadModels;
  record: RebuildRecord;
  private countedEvents = 0;
  private startedAtMs: number;

  /** Inside `views.reading`. */
  constructor(private readonly options: BuilderOptions) {
    const { views, store, names, building, log, nowMs } = options;
    const { generations, projectors } = building;
    this.record = building.record;
    this.startedAtMs = nowMs();
    const onParked = ({ stream, revision, why }: { stream: string; revision: number; why: string }): void => {
      if (this.record.parks) return;
      const says = `${stream} cannot be folded behind revision ${revision}: ${why}`;
      throw new ViewsError(
        'stream-parked',
        `${says}; go on without it with --park, or mend it first (lapse poison show)`,
      );
    };
    this.models = new ReadModels({ views, store, names, log, generations, projectors, onParked });
  }

  get position(): Place {
    return this.models.pipeline.position;
  }

  /**
   * Folds on to a place, which may move meanwhile. Resolves with false when the signal aborts; then, and when it rejects,
   * everything up to the end of some page is in the file. Rejects with `stream-parked`, other `ViewsError`s and
   * `StoreError`s.
   */
  async advance(to: () => Place | Promise<Place>, signal: AbortSignal): Promise<boolean> {
    const { store } = this.options;
    this.startedAtMs = this.options.nowMs();
    let target = await to();
    while (store.comparePositions(this.position, target) < 0) {
      if (signal.aborted) {
        this.write(target);
        return false;
      }
      await this.foldPage(target);
      if (store.comparePositions(this.position, target) >= 0) target = await to();
      await this.writeIfMuch(target);
    }
    this.write(target);
    return true;
  }

  /** What was left out to build faster. */
  complete(): void {
    SessionTable.createIndexes(this.options.views, this.models.generations[0]);
  }

  /** Changes what others see of it. */
  note(change: Partial<RebuildRecord>): void {
    const { views, nowMs } = this.options;
    this.record = { ...this.record, ...change, updatedAtMs: nowMs() };
    views.transaction(() => writeRebuildRecord(views, this.record));
  }

  private async foldPage(target: Place): Promise<void> {
    const { store, limits, names } = this.options;
    const page = await store.readAll({
      after: this.position,
      streamPrefixes: followedPrefixes(names),
      maxCount: limits.pageSizeMax,
      payloadOfKinds: PAYLOAD_KINDS,
    });
    const { pipeline } = this.models;
    const compare = (a: Place, b: Place): number => store.comparePositions(a, b);
    await pipeline.applyPage(upTo(page, target, compare));
    // Where nothing that we follow stands behind the page, a filtered read may stop short of the place that was asked for.
    if (page.atEnd && compare(pipeline.position, target) < 0) pipeline.position = target;
  }

  private async writeIfMuch(target: Place): Promise<void> {
    const { pipeline } = this.models;
    if (pipeline.dirtyRows < this.options.limits.dirtyRowsMax) return;
    const beganAtMs = this.options.nowMs();
    this.write(target);
    await this.options.pause(this.options.nowMs() - beganAtMs);
  }

  private write(target: Place): void {
    const { pipeline, parkedLists } = this.models;
    pipeline.flush();
    const nowMs = this.options.nowMs();
    const events = this.record.events + pipeline.counts.events - this.countedEvents;
    this.countedEvents = pipeline.counts.events;
    const workedMs = this.record.workedMs + Math.max(0, nowMs - this.startedAtMs);
    this.startedAtMs = nowMs;
    const parked = parkedLists.reduce((sum, list) => sum + list.size, 0);
    this.note({ events, workedMs, target, parked, error: undefined });
    this.options.onProgress?.(this.record, this.position);
  }
}
