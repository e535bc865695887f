import type { StreamNames } from '@lapse/domain';
import type { AllPage, EventStore, Position } from '@lapse/store';
import { activity } from './activity/projector.js';
import { followedPrefixes } from './followed-prefixes.js';
import { unknownTypes } from './keyed/unknown-types.js';
import { defaultLimits, type ProjectionLimits } from './limits.js';
import type { MerchantQueries } from './merchants/queries.js';
import { merchants } from './merchants/projector.js';
import { merchantVersions } from './merchants/versions.js';
import { Observers, type SessionsObserver } from './observers.js';
import { OneEventPage } from './pipeline/one-event-page.js';
import type { ParkedStream } from './pipeline/parked.js';
import type { Pipeline } from './pipeline/pipeline.js';
import type { Projector } from './projector.js';
import { ReadModels, SESSIONS } from './read-models.js';
import { foldOneAgain, type FoldedOne } from './rebuild/fold-one-again.js';
import { rebuildStatus } from './rebuild/rebuild-status.js';
import { Renewal } from './rebuild/renewal.js';
import { Runner } from './runner/runner.js';
import type { ProjectionStatus } from './runner/status.js';
import type { SessionEntry, SessionHandle } from './sessions/entry.js';
import type { ListQueue, ListSessions, QueuePage, SessionPage } from './sessions/queries.js';
import type { Log, SetTimer } from './timer.js';
import { generationsAtStart, generationsNow, type GenerationsAtStart } from './views/generations-at-start.js';
import type { Place, Views } from './views/views.js';

/** The read models besides `sessions`. A new one is a file of its own and a line here. */
export const builtInProjectors: readonly Projector[] = [merchants, merchantVersions, activity, unknownTypes];

export interface ProjectionsOptions {
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
  /** Uniform in [0, 1): for the pauses after trouble. */
  readonly random: () => number;
  /** Default {@link builtInProjectors}. */
  readonly projectors?: readonly Projector[];
  /** How many events stand between two positions, for stores that can tell. */
  readonly eventsBetween?: (from: Place, to: Place) => number | undefined;
  /** A position as a number that grows evenly with the log, to tell how much of it a rebuild has behind it. */
  readonly placeNumber?: (place: Place) => number;
  readonly log?: Log;
  readonly limits?: Partial<ProjectionLimits>;
}

/**
 * Opens the read models where they stand in the file, ready to go on from there. Rows that belong to another log or lie beyond
 * its head start over; a read model that another version wrote is built anew in the background while its old rows serve. Both
 * with a line in the log. Throws `ViewsError` and `StoreError`.
 */
export const openProjections = async (options: ProjectionsOptions): Promise<Projections> => {
  const { views, store, projectors = builtInProjectors, log = () => undefined } = options;
  const log0 = { identity: await store.identity(), head: await store.headPosition() };
  const compare = (a: Place, b: Place): number => store.comparePositions(a, b);
  const found = generationsAtStart(views, projectors, log0, compare, log);
  return views.reading(() => new Projections({ ...options, projectors, log }, found));
};

/** The running read models of one engine, in one file. Everything but {@link start}ing, stopping and waiting is synchronous. */
export class Projections {
  private models: ReadModels;
  private outdated: readonly string[];
  private readonly runner: Runner;
  private readonly renewal: Renewal;
  private readonly observers: Observers;

  /** Use {@link openProjections}. */
  constructor(
    private readonly options: ProjectionsOptions & Required<Pick<ProjectionsOptions, 'projectors' | 'log'>>,
    found: GenerationsAtStart,
  ) {
    const { views, store, names, log, nowMs, setTimer, projectors } = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.observers = new Observers(log);
    this.outdated = found.outdated;
    this.models = this.modelsOf(found);
    this.runner = new Runner({
      ...options,
      pipeline: this.models.pipeline,
      streamPrefixes: followedPrefixes(names),
      limits,
      onCaughtUp: () => this.observers.onCaughtUp(),
      onBehind: () => this.observers.onBehind(),
      onHeadSeen: () => void this.renewal.takeOverReady(),
    });
    const running = {
      position: (): Place => this.position,
      flush: (): void => this.flush(),
      between: (work: () => Promise<void>) => this.runner.between(work),
      swapped: (swapped: readonly string[]) => this.swapped(swapped),
    };
    this.renewal = new Renewal({ views, store, names, projectors, log, nowMs, setTimer, limits, running });
  }

  private modelsOf({ live, projectors, frozen }: GenerationsAtStart, before?: ReadModels): ReadModels {
    const { views, store, names, log } = this.options;
    const keepsSessions = before !== undefined && before.generations[0].generation === live[0].generation;
    return new ReadModels({
      views,
      store,
      names,
      log,
      generations: live,
      projectors,
      frozen,
      ...(keepsSessions ? { folds: before.folds } : {}),
      onSession: (entry: SessionEntry, page: AllPage) => this.observers.onSession(entry, page),
    });
  }

  /** Other rows are live: reads them from here on, and lets observers begin anew where the sessions are among them. */
  private swapped(names: readonly string[]): void {
    const { views, projectors, log } = this.options;
    const before = this.models;
    this.outdated = this.outdated.filter((name) => !names.includes(name));
    this.models = views.reading(() => this.modelsOf(generationsNow(views, projectors), before));
    this.runner.use(this.models.pipeline);
    log({ level: 'info', what: 'views-swapped', message: `new rows are live: ${names.join(', ')}` });
    if (this.models.folds !== before.folds) this.observers.onReset();
  }

  /** Begins to follow the log. */
  start(): void {
    const { outdated } = this;
    if (!outdated.includes(SESSIONS)) {
      this.runner.start();
      if (outdated.length > 0) void this.renewal.upgrade(outdated);
      return;
    }
    // Folding on from rows that another version wrote would mix the two.
    this.runner.watch();
    void this.renewal.upgrade(outdated).then(() => {
      if (this.outdated.length === 0) this.runner.start();
    });
  }

  /** Ends at the end of a page and writes what is folded. The file stays open. */
  async stop(): Promise<void> {
    await this.renewal.stop();
    await this.runner.stop();
  }

  /** Resolves when rows up to `position` can be read; rejects with `read-too-late` after `timeoutMs`. */
  waitFor(position: Position, timeoutMs: number): Promise<void> {
    return this.runner.waitFor(position, timeoutMs);
  }

  /** Everything up to here can be read. */
  get position(): Place {
    return this.models.pipeline.position;
  }

  /** Writes what is folded; queries do it by themselves. */
  flush(): void {
    this.models.pipeline.flush();
  }

  session(id: string): SessionHandle | undefined {
    return this.models.folds.peek(this.options.names.session(id), id);
  }

  sessions(query: ListSessions): SessionPage {
    this.flush();
    return this.models.queries.list(query);
  }

  queue(query: ListQueue): QueuePage {
    this.flush();
    return this.models.queries.queue(query);
  }

  /** The row of any other read model, as it stands now. */
  row(name: string, key: string): unknown {
    return this.models.row(name, key);
  }

  /** Hears of every session that a page touches, from now on. */
  observe(observer: SessionsObserver): void {
    this.observers.add(observer);
  }

  /** Every session that the sweep may have to act on, soonest first; its deadline, or one of the `DUE_…` numbers. */
  eachDue(visit: (key: number, dueAtMs: number) => void): void {
    this.flush();
    this.models.folds.table.eachDue(visit);
  }

  /** A session by its row's key, loaded into memory. Rejects with a `StoreError` where its row is broken and its stream does not answer. */
  async sessionByKey(key: number): Promise<SessionHandle | undefined> {
    const entry = this.models.folds.findByKey(key, (id) => this.options.names.session(id));
    if (entry !== undefined) await this.models.pipeline.heal(entry);
    return entry;
  }

  sessionIdByKey(key: number): string | undefined {
    return this.models.folds.table.idOf(key);
  }

  /**
   * Folds one session from its stream again and puts its row right; undefined for one that the rows do not know. Rejects with a
   * `StoreError` where its stream does not answer.
   */
  foldAgain(id: string): Promise<FoldedOne | undefined> {
    return this.runner.between(async () => {
      const folded = await foldOneAgain(this.models, this.options, id);
      if (folded === undefined) return undefined;
      const { revision, changed, entry, newest } = folded;
      entry.touchedAt = 0;
      this.observers.onSession(entry, new OneEventPage(newest));
      this.flush();
      return { revision, changed };
    });
  }

  /**
   * Builds read models anew beside the live ones inside this engine, and swaps; left out: all of them. What cannot be folded
   * is parked. Resolves when it is done, when the engine stops, or at once where another rebuild is under way. Never rejects.
   */
  rebuild(names: readonly string[] = [SESSIONS, ...this.options.projectors.map(({ name }) => name)]): Promise<void> {
    return this.renewal.upgrade(names);
  }

  /** What the counts of merchants and their versions say. */
  get merchants(): MerchantQueries {
    return this.models.merchants;
  }

  parked(): readonly (ParkedStream & { readonly name: string })[] {
    const { generations, parkedLists } = this.models;
    return parkedLists.flatMap((list, i) =>
      list.list().map((parked) => ({ name: generations[i]?.name as string, ...parked })),
    );
  }

  /** What an operator wants to see of each read model. */
  status(): readonly ProjectionStatus[] {
    const { views, eventsBetween, placeNumber, nowMs } = this.options;
    const { head: watched, state, lastError } = this.runner;
    const of = this.models.statusOf(this.outdated, {
      state,
      head: watched.isBehind ? watched.head : this.position,
      lagSeconds: this.runner.lagSeconds(),
      lastError,
      eventsBetween,
    });
    const rebuild = rebuildStatus(views, placeNumber, nowMs());
    if (rebuild === undefined) return of;
    return of.map((status) => (rebuild.names.includes(status.name) ? { ...status, rebuild } : status));
  }

  /** Counted since the start, for metrics. */
  get counts(): Pipeline['counts'] & { readonly sessionsInMemory: number; readonly brokenRows: number } {
    const { folds, pipeline } = this.models;
    return { ...pipeline.counts, sessionsInMemory: folds.inMemory, brokenRows: folds.brokenRows };
  }
}
