import type { StreamNames } from '@lapse/domain';
import type { AllPage, EventStore } from '@lapse/store';
import { KeyedRows } from './keyed/keyed-rows.js';
import { MerchantQueries } from './merchants/queries.js';
import { ParkedStreams, type ParkedStream } from './pipeline/parked.js';
import { Pipeline } from './pipeline/pipeline.js';
import type { Projector } from './projector.js';
import type { ProjectionStatus } from './runner/status.js';
import type { SessionEntry } from './sessions/entry.js';
import { SessionQueries } from './sessions/queries.js';
import { SessionFolds } from './sessions/session-folds.js';
import { SessionTable } from './sessions/table.js';
import type { Log } from './timer.js';
import type { Generation, Place, Views } from './views/views.js';

/** `sessions` is folded by the rules themselves; raised when the same events give other rows. */
export const SESSIONS_VERSION = 1;
export const SESSIONS = 'sessions';

/** One generation of every read model that is folded together: all at one place, `sessions` first. */
export type GenerationSet = readonly [sessions: Generation, ...others: Generation[]];

export interface ReadModelsParts {
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly log: Log;
  readonly generations: GenerationSet;
  /** Of `generations` behind the first. */
  readonly projectors: readonly Projector[];
  /** Rows that are shown and no longer folded: of a projector whose version has changed, until they are built anew. */
  readonly frozen?: readonly { readonly projector: Projector; readonly generation: Generation }[];
  /** Folds that go on with other rows beside them. */
  readonly folds?: SessionFolds;
  readonly position?: Place;
  readonly onSession?: (entry: SessionEntry, page: AllPage) => void;
  readonly onParked?: (parked: ParkedStream) => void;
}

/** The rows of one set of generations, what folds into them and what reads them. */
export class ReadModels {
  readonly folds: SessionFolds;
  readonly keyed: readonly KeyedRows[];
  private readonly shown: readonly KeyedRows[];
  readonly parkedLists: readonly ParkedStreams[];
  readonly pipeline: Pipeline;
  readonly queries: SessionQueries;
  readonly merchants: MerchantQueries;

  /** Inside `views.reading`. */
  constructor(readonly parts: ReadModelsParts) {
    const { views, names, generations, projectors, frozen = [] } = parts;
    const [sessions, ...others] = generations;
    this.folds = parts.folds ?? new SessionFolds(new SessionTable(views, sessions));
    this.keyed = projectors.map((projector, i) => new KeyedRows(views, others[i] as Generation, projector));
    this.shown = [
      ...this.keyed,
      ...frozen.map(({ generation, projector }) => new KeyedRows(views, generation, projector)),
    ];
    this.parkedLists = generations.map((generation) => new ParkedStreams(views, generation));
    this.queries = new SessionQueries(views, sessions, names);
    this.merchants = new MerchantQueries(views, this.shown, () => this.pipeline.flush());
    this.pipeline = this.createPipeline();
  }

  /** Inside a transaction. */
  static createTables(views: Views, generation: Generation): void {
    if (generation.name === SESSIONS) SessionTable.create(views, generation);
    else KeyedRows.create(views, generation);
  }

  get generations(): GenerationSet {
    return this.parts.generations;
  }

  /** The row of any read model but `sessions`, as it stands now. */
  row(name: string, key: string): unknown {
    return this.shown.find(({ projector }) => projector.name === name)?.get(key);
  }

  /** Of each read model; of outdated ones what their old rows say. */
  statusOf(outdated: readonly string[], shared: SharedStatus): readonly ProjectionStatus[] {
    const { generations, frozen = [] } = this.parts;
    const going = generations.map((generation, i) => {
      const isOutdated = outdated.includes(generation.name);
      const parkedStreams = this.parkedLists[i]?.size ?? 0;
      const position = isOutdated ? generation.position : this.pipeline.position;
      return statusOf(generation, position, parkedStreams, isOutdated, shared);
    });
    const shownOnly = frozen.map(({ generation }) => statusOf(generation, generation.position, 0, true, shared));
    const known = [...going, ...shownOnly];
    const missing = outdated.filter((name) => !known.some((status) => status.name === name));
    const nothing = missing.map((name) => statusOf({ name, version: 0 }, 'start', 0, true, shared));
    return [...known, ...nothing];
  }

  private createPipeline(): Pipeline {
    const { views, store, names, log, generations, onSession, onParked } = this.parts;
    const [sessionsParked, ...keyedParked] = this.parkedLists as [ParkedStreams, ...ParkedStreams[]];
    return new Pipeline({
      views,
      store,
      names,
      sessions: this.folds,
      sessionsGeneration: generations[0],
      sessionsParked,
      keyed: this.keyed,
      keyedParked,
      position: this.parts.position ?? generations[0].position,
      onSession,
      onParked,
      onGap: (stream, revision) => {
        const message = `${stream}: events before revision ${revision} were not handed out`;
        log({ level: 'error', what: 'gap', message });
      },
    });
  }
}

type SharedStatus = Pick<ProjectionStatus, 'state' | 'head' | 'lagSeconds' | 'lastError'> & {
  readonly eventsBetween: ((from: Place, to: Place) => number | undefined) | undefined;
};

const statusOf = (
  { name, version }: Pick<Generation, 'name' | 'version'>,
  position: Place,
  parkedStreams: number,
  isOutdated: boolean,
  { state, head, lagSeconds, lastError, eventsBetween }: SharedStatus,
): ProjectionStatus => ({
  name,
  version,
  // Old rows are behind by what their new ones are made for, and nobody folds them on.
  state: isOutdated && state !== 'parked' ? 'catching-up' : state,
  position,
  head,
  lagEvents: position === head ? 0 : eventsBetween?.(position, head),
  lagSeconds: isOutdated ? undefined : lagSeconds,
  lastError,
  parkedStreams,
});
