import {
  unseen,
  type FoldEvent,
  type OpenedData,
  type Pin,
  type Proof,
  type SessionClose,
  type SessionState,
} from '@lapse/domain';
import type { SqliteValue } from '@lapse/sqlite';
import { placeOf, type ColumnName, type SessionValues } from './columns.js';
import { ownProof } from './own-proof.js';

/** What `close_more` holds. */
export interface MoreOfClose {
  readonly closedBy?: SessionClose['closedBy'];
  readonly sourceReason?: string | undefined;
  readonly proof?: Proof | undefined;
}

const openedFrom = (row: SessionValues): OpenedData | undefined => {
  const merchantId = row[placeOf('merchant')];
  if (merchantId === null) return undefined;
  return {
    merchantId,
    openedBy: row[placeOf('opened_by')],
    buyerId: orUndefined(row[placeOf('buyer')]),
    agentId: orUndefined(row[placeOf('agent')]),
    externalId: orUndefined(row[placeOf('external_id')]),
    previousSessionId: orUndefined(row[placeOf('previous_id')]),
  } as OpenedData;
};

const pinFrom = (row: SessionValues): Pin | undefined => {
  if (row[placeOf('policy')] === null) return undefined;
  return {
    policy: row[placeOf('policy')],
    agentReplyMinutes: row[placeOf('agent_minutes')],
    buyerReplyMinutes: row[placeOf('buyer_minutes')],
    queueMinutes: row[placeOf('queue_minutes')],
    version: row[placeOf('config_version')],
    merchantRevision: row[placeOf('merchant_revision')],
  } as Pin;
};

const closeFrom = (row: SessionValues, state: SessionState): SessionClose | undefined => {
  if (row[placeOf('close_reason')] === null) return undefined;
  const more = row[placeOf('close_more')];
  const close = {
    reason: row[placeOf('close_reason')],
    atMs: row[placeOf('close_at_ms')],
    revision: row[placeOf('close_revision')],
    closedBy: undefined,
    sourceReason: undefined,
    proof: undefined,
  } as SessionClose;
  if (more !== null) return { ...close, ...(JSON.parse(more as string) as MoreOfClose) };
  state.close = close;
  return { ...close, proof: ownProof(state) };
};

const orUndefined = <T>(value: SqliteValue | undefined): T | undefined => (value ?? undefined) as T | undefined;
const numberAt = (row: SessionValues, name: ColumnName): number => row[placeOf(name)] as number;

/** The session that a row was made of. Throws for a row whose JSON is broken. */
export const stateFrom = (stream: string, row: SessionValues): SessionState => {
  const parkedWhy = row[placeOf('parked_why')] as string | null;
  const held = row[placeOf('held')] as string | null;
  // Assigned one by one: a state from a row has the shape of one that was folded, and folds as fast.
  const state = unseen(stream);
  state.status = row[placeOf('status')] as SessionState['status'];
  state.parked = parkedWhy === null ? undefined : { revision: numberAt(row, 'parked_revision'), why: parkedWhy };
  state.revision = numberAt(row, 'revision');
  state.opened = openedFrom(row);
  state.openedAtMs = numberAt(row, 'opened_at_ms');
  state.timeAtMs = numberAt(row, 'time_at_ms');
  state.pin = pinFrom(row);
  state.rule = row[placeOf('rule')] as SessionState['rule'];
  state.anchorRevision = numberAt(row, 'anchor_revision');
  state.anchorType = row[placeOf('anchor_type')] as SessionState['anchorType'];
  state.anchorAtMs = numberAt(row, 'anchor_at_ms');
  state.latched = row[placeOf('latched')] === 1;
  state.waitingSinceMs = orUndefined(row[placeOf('waiting_since_ms')]);
  state.queueId = orUndefined(row[placeOf('queue_id')]);
  state.held = held === null ? [] : (JSON.parse(held) as FoldEvent[]);
  state.buyerMessages = numberAt(row, 'buyer_messages');
  state.agentMessages = numberAt(row, 'agent_messages');
  state.automatedMessages = numberAt(row, 'automated_messages');
  state.firstReplyAtMs = orUndefined(row[placeOf('first_reply_at_ms')]);
  state.lateEvents = numberAt(row, 'late_events');
  state.unknownEvents = numberAt(row, 'unknown_events');
  state.repeatedIds = numberAt(row, 'repeated_ids');
  state.ignoredEvents = numberAt(row, 'ignored_events');
  state.close = closeFrom(row, state);
  return state;
};
