import type { StreamNames } from '@lapse/domain';
import type { EventStore } from '@lapse/store';
import { ViewsError } from '../errors.js';
import { PAYLOAD_KINDS } from '../pipeline/payload-kinds.js';
import { followedPrefixes } from '../followed-prefixes.js';
import { ReadModels } from '../read-models.js';
import { SessionTable } from '../sessions/table.js';
import type { Log } from '../timer.js';
import type { Building } from '../views/building.js';
import { noteRebuild, writeRebuildRecord, type RebuildRecord } from '../views/rebuild-record.js';
import type { Place, Views } from '../views/views.js';
import type { StartThread } from '../write-behind/write-behind.js';
import { upTo } from './first-of-page.js';
import { RowWriter } from './row-writer.js';

export interface BuilderLimits {
  /** Events of one page. */
  readonly pageSizeMax: number;
  /** Rows that may wait to be written. */
  readonly dirtyRowsMax: number;
  /** A second thread writes while this one folds on. */
  readonly writesBehind: boolean;
}

/** Long transactions and long pages: fastest where nobody else waits for the file or the thread. */
export const FAST: BuilderLimits = { pageSizeMax: 5_000, dirtyRowsMax: 20_000, writesBehind: true };
/** Short ones, with as long a pause behind each: an engine beside it writes in between. */
export const GENTLE: BuilderLimits = { pageSizeMax: 1_000, dirtyRowsMax: 2_000, writesBehind: false };

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
  /** Of the thread that writes behind. */
  readonly startThread?: StartThread | undefined;
  /** Whenever rows have been written, or handed to the thread that writes: the file may be one transaction behind. */
  readonly onProgress?: ((record: RebuildRecord, position: Place) => void) | undefined;
}

/** Folds the log into rows that nobody reads yet. What is written goes on from there, however the last run ended. */
export class Builder {
  readonly models: ReadModels;
  record: RebuildRecord;
  private countedEvents = 0;
  private startedAtMs: number;
  private readonly writer: RowWriter;
  /** More than fits into one transaction. */
  private isLong = false;

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
    this.writer = new RowWriter(views, this.models.pipeline);
  }

  get position(): Place {
    return this.models.pipeline.position;
  }

  /**
   * Folds on to a place, which may move meanwhile. Resolves with false when the signal aborts; then, and once
   * {@link close} has resolved after it has rejected, everything up to the end of some page is in the file. Rejects with `stream-parked`, other `ViewsError`s and
   * `StoreError`s.
   */
  async advance(to: () => Place | Promise<Place>, signal: AbortSignal): Promise<boolean> {
    const { store } = this.options;
    this.startedAtMs = this.options.nowMs();
    let target = await to();
    while (store.comparePositions(this.position, target) < 0) {
      if (signal.aborted) break;
      await this.foldPage(target);
      if (store.comparePositions(this.position, target) >= 0) target = await to();
      await this.writeIfMuch(target);
    }
    await this.write(target);
    await this.writer.settled();
    return store.comparePositions(this.position, target) >= 0;
  }

  /** Nothing is written any more when it resolves. */
  close(): Promise<void> {
    return this.writer.close();
  }

  /** What was left out to build faster. */
  complete(): void {
    SessionTable.createLargeIndexes(this.options.views, this.models.generations[0]);
  }

  /** Changes what others see of it. */
  note(change: Partial<RebuildRecord>): void {
    this.change(change);
    noteRebuild(this.options.views, this.record);
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
    const { limits, nowMs, pause, startThread } = this.options;
    const { dirtyRows } = this.models.pipeline;
    // It takes a while to start: by the time it is wanted it is there.
    if (limits.writesBehind && dirtyRows > limits.dirtyRowsMax / 2) this.writer.startThread(startThread);
    if (dirtyRows < limits.dirtyRowsMax) return;
    const beganAtMs = nowMs();
    if (!this.isLong) await this.writer.writeBehind();
    this.isLong = true;
    await this.write(target);
    await pause(nowMs() - beganAtMs);
  }

  private async write(target: Place): Promise<void> {
    const { nowMs, onProgress } = this.options;
    const { pipeline, parkedLists } = this.models;
    const events = this.record.events + pipeline.counts.events - this.countedEvents;
    this.countedEvents = pipeline.counts.events;
    const workedMs = this.record.workedMs + Math.max(0, nowMs() - this.startedAtMs);
    this.startedAtMs = nowMs();
    const parked = parkedLists.reduce((sum, list) => sum + list.size, 0);
    this.change({ events, workedMs, target, parked, error: undefined });
    await this.writer.write((to) => writeRebuildRecord(to, this.record));
    onProgress?.(this.record, this.position);
  }

  private change(change: Partial<RebuildRecord>): void {
    this.record = { ...this.record, ...change, updatedAtMs: this.options.nowMs() };
  }
}
