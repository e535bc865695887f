import {
  foldAll,
  legacyPolicy,
  noRulesPolicy,
  pinOf,
  standardPolicy,
  successorId,
  type ClosedData,
  type ConfigVersion,
  type FoldEvent,
  type Limits,
  type SessionState,
} from '../src/index.js';

/** All times in these tests are minutes after this instant. */
export const T0 = Date.UTC(2026, 2, 1, 10);
export const STREAM = `session-${successorId('01KJM0000000000000000000AA', T0)}`;
export const at = (minutes: number): number => T0 + Math.round(minutes * 60_000);
export const SECOND = 1 / 60;
export const MS = 1 / 60_000;

type Unplaced = (revision: number) => FoldEvent;
type WithoutRevision<E> = E extends FoldEvent ? Omit<E, 'revision'> : never;
const placed =
  (event: WithoutRevision<FoldEvent>): Unplaced =>
  (revision) => ({ ...event, revision });

export const opened = (minutes = 0): Unplaced =>
  placed({ kind: 'opened', atMs: at(minutes), data: { merchantId: 'm1', openedBy: 'buyer' } });
export const buyer = (minutes: number): Unplaced => placed({ kind: 'message-from-buyer', atMs: at(minutes) });
export const agent = (minutes: number): Unplaced =>
  placed({ kind: 'message-from-agent', atMs: at(minutes), automated: false });
export const automated = (minutes: number): Unplaced =>
  placed({ kind: 'message-from-agent', atMs: at(minutes), automated: true });
export const queued = (minutes: number): Unplaced => placed({ kind: 'queued', atMs: at(minutes) });
export const closed = (minutes: number, data: Partial<ClosedData> = {}): Unplaced =>
  placed({ kind: 'closed', atMs: at(minutes), data: { reason: 'by-agent', ...data } });
export const unknown: Unplaced = placed({ kind: 'unknown' });
export const unreadable: Unplaced = placed({ kind: 'unreadable', why: 'broken' });
export const repeated: Unplaced = placed({ kind: 'repeated-id' });

const pin = (limits: Limits, version = 1): Unplaced => {
  const known: ConfigVersion = { ...limits, version, merchantRevision: version - 1, data: undefined };
  return placed({ kind: 'config-version', atMs: T0, data: pinOf('m1', known) });
};
export const standard = (minutes = 20, version = 1): Unplaced => pin(standardPolicy(minutes), version);
export const legacy = pin(legacyPolicy, 0);
export const noRules = pin(noRulesPolicy, 0);

/** A session with this history, revisions from 0. */
export const given = (...history: Unplaced[]): SessionState =>
  foldAll(
    STREAM,
    history.map((event, revision) => event(revision)),
  );
