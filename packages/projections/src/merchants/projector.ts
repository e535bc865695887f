import { currentVersion, KIND_BUYER_MESSAGE, KIND_AGENT_MESSAGE, type SessionState } from '@lapse/domain';
import type { ProjectedEvent, Projector, SessionBefore } from '../projector.js';

/** How many sessions of a merchant there are, by what they are. */
export type MerchantRow = {
  /** The version that a session which opens now is pinned to; 0 before the roll-out. */
  currentVersion: number;
  /** The revision of the merchant's stream that was folded last; -1 for a merchant that nobody configured. */
  revision: number;
  /** Set where the merchant's stream holds an event that cannot be read. */
  parkedWhy: string | null;
  opened: number;
  /** How far an old version is drained: open sessions by the version they are pinned to. */
  openByVersion: Record<string, number>;
  /** Open, and waiting for the pin that their writer left out. */
  unpinned: number;
  closedByReason: Record<string, number>;
  parkedSessions: number;
};

/** The row over all merchants; no merchant is called so. */
export const ALL_MERCHANTS = '*';
/** Sessions whose merchant nobody knows, because their first event cannot be read. */
export const NO_MERCHANT = '?';

const everyKindButMessages = Array.from({ length: 256 }, (_, kind) => kind).filter(
  (kind) => kind !== KIND_BUYER_MESSAGE && kind !== KIND_AGENT_MESSAGE,
);

/** `merchants`: the current config version, and the sessions counted. */
export const merchants: Projector<MerchantRow> = {
  name: 'merchants',
  version: 2,
  reads: ['session', 'merchant'],
  kinds: everyKindButMessages,
  keysOf: (event) => {
    if (event.from === 'merchant') return [event.id];
    if (!isCounted(event)) return [];
    const merchantId = event.session?.opened?.merchantId ?? NO_MERCHANT;
    return hasFoundMerchant(event) ? [NO_MERCHANT, merchantId, ALL_MERCHANTS] : [merchantId, ALL_MERCHANTS];
  },
  start: () => ({
    currentVersion: 0,
    revision: -1,
    parkedWhy: null,
    opened: 0,
    openByVersion: {},
    unpinned: 0,
    closedByReason: {},
    parkedSessions: 0,
  }),
  apply: (row, event, key) => {
    if (event.from === 'merchant') configure(row, event);
    else if (key === NO_MERCHANT && hasFoundMerchant(event)) row.parkedSessions--;
    else if (event.session !== undefined && event.before !== undefined) {
      const wasParkedHere = event.before.isParked && (key === ALL_MERCHANTS || !hasFoundMerchant(event));
      recount(row, event.before, event.session, wasParkedHere);
    }
    return row;
  },
};

/** Its first event could not be read, so that nobody knew whose it was; it was skipped, and now somebody does. */
const hasFoundMerchant = ({ before, session }: ProjectedEvent): boolean =>
  before?.isParked === true && before.status === 'missing' && session?.opened !== undefined;

const isCounted = ({ before, session }: ProjectedEvent): boolean =>
  before !== undefined &&
  session !== undefined &&
  (before.status !== session.status || before.isParked !== (session.parked !== undefined));

const configure = (row: MerchantRow, event: ProjectedEvent): void => {
  row.revision = event.revision;
  if (event.merchant !== undefined) {
    row.currentVersion = currentVersion(event.merchant).version;
    row.parkedWhy = event.merchant.parked?.why ?? null;
    return;
  }
  if (row.parkedWhy !== null) return;
  if (event.event?.type === 'config-version') row.currentVersion = event.event.data.version;
  else if (event.unreadableWhy !== undefined) row.parkedWhy = event.unreadableWhy;
};

const recount = (row: MerchantRow, before: SessionBefore, session: SessionState, wasParkedHere: boolean): void => {
  if (wasParkedHere) row.parkedSessions--;
  if (session.parked !== undefined) row.parkedSessions++;
  if (before.status === session.status) return;
  if (before.status === 'missing') row.opened++;
  else if (before.status === 'unpinned') row.unpinned--;
  else if (before.status === 'open') add(row.openByVersion, session.pin?.version ?? 'unknown', -1);
  if (session.status === 'unpinned') row.unpinned++;
  else if (session.status === 'open') add(row.openByVersion, session.pin?.version ?? 'unknown', 1);
  else if (session.status === 'closed') add(row.closedByReason, session.close?.reason ?? 'unknown', 1);
};

/** A count that comes to nothing leaves the row, so that drained versions do not pile up. */
const add = (counts: Record<string, number>, name: string | number, by: number): void => {
  const next = (counts[name] ?? 0) + by;
  if (next === 0) delete counts[name];
  else counts[name] = next;
};
