export type { ActivityHour, ActivityPage, ListActivity } from './activity/queries.js';
export type { ActivityRow } from './activity/row.js';
export { isViewsError, ViewsError, type ViewsErrorCode } from './errors.js';
export { type ProjectionLimits } from './limits.js';
export { ALL_MERCHANTS, merchants, type MerchantRow } from './merchants/projector.js';
export type { MerchantEntry, MerchantPage, MerchantQueries, MerchantVersionPage } from './merchants/queries.js';
export { merchantVersions, type MerchantVersionRow } from './merchants/versions.js';
export type { SessionsObserver, Touched } from './observers.js';
export type { ParkedStream } from './pipeline/parked.js';
export { builtInProjectors, openProjections, type Projections, type ProjectionsOptions } from './projections.js';
export type {
  PlainRow,
  PlainValue,
  ProjectedEvent,
  Projector,
  Reactor,
  ReactorPorts,
  SessionBefore,
} from './projector.js';
export { SESSIONS_VERSION } from './read-models.js';
export { buildPast, type BuildPastOptions } from './rebuild/build-past.js';
export type { RowDifference } from './rebuild/compare-rows.js';
export { estimateRebuild, type Estimate, type EstimateOptions } from './rebuild/estimate.js';
export type { FoldedOne } from './rebuild/fold-one-again.js';
export { placeAt, type Until } from './rebuild/place-at.js';
export { rebuild, type RebuildOptions, type RebuildOutcome } from './rebuild/rebuild.js';
export { paceOf } from './rebuild/rebuild-status.js';
export { verifyRows, type Verified, type VerifyOptions } from './rebuild/verify.js';
export type { ProjectionState, ProjectionStatus, RebuildStatus } from './runner/status.js';
export type { SessionHandle } from './sessions/entry.js';
export {
  LIST_LIMIT_MAX,
  LIST_LOOK_MAX,
  type ListedState,
  type ListQueue,
  type ListSessions,
  type QueueCursor,
  type QueueEntry,
  type QueuePage,
  type SessionPage,
} from './sessions/queries.js';
export { DUE_LATCHED, DUE_UNPINNED } from './sessions/columns.js';
export type { Log, LogLine, SetTimer } from './timer.js';
export { followedPrefixes } from './followed-prefixes.js';
export { dropOld } from './views/building.js';
export type { RebuildRecord } from './views/rebuild-record.js';
export { openViews, type OpenViewsOptions } from './views/open.js';
export type { Place, Views } from './views/views.js';
export { Histogram, type HistogramCounts } from './histogram.js';
