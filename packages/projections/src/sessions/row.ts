import {
  deadlineOf,
  formatInstant,
  limitMinutesOf,
  MS_PER_MINUTE,
  unseen,
  type FoldEvent,
  type OpenedData,
  type Pin,
  type Proof,
  type SessionClose,
  type SessionState,
} from '@lapse/domain';
import type { SqliteInput, SqliteValue } from '@lapse/sqlite';
import type { SessionEntry } from './entry.js';

/** Known from a session's first event on; never changed. */
export const FIXED_COLUMNS = [
  ['id', 'TEXT NOT NULL UNIQUE'],
  ['merchant', 'TEXT'],
  ['opened_by', 'TEXT'],
  ['buyer', 'TEXT'],
  ['agent', 'TEXT'],
  ['external_id', 'TEXT'],
  ['previous_id', 'TEXT'],
  ['opened_at_ms', 'INTEGER NOT NULL'],
] as const;

const USUAL_COLUMNS = [
  ['status', 'TEXT NOT NULL'],
  ['revision', 'INTEGER NOT NULL'],
  ['time_at_ms', 'INTEGER NOT NULL'],
  ['policy', 'TEXT'],
  ['agent_minutes', 'INTEGER'],
  ['buyer_minutes', 'INTEGER'],
  ['queue_minutes', 'INTEGER'],
  ['config_version', 'INTEGER'],
  ['merchant_revision', 'INTEGER'],
  ['rule', 'TEXT NOT NULL'],
  ['anchor_revision', 'INTEGER NOT NULL'],
  ['anchor_type', 'TEXT NOT NULL'],
  ['anchor_at_ms', 'INTEGER NOT NULL'],
  ['queue_id', 'TEXT'],
  ['close_reason', 'TEXT'],
  ['close_at_ms', 'INTEGER'],
  ['close_revision', 'INTEGER'],
  /** JSON; null for a close that says no more than its reason and its proof, which follows from the row. */
  ['close_more', 'TEXT'],
  ['buyer_messages', 'INTEGER NOT NULL'],
  ['agent_messages', 'INTEGER NOT NULL'],
  ['automated_messages', 'INTEGER NOT NULL'],
  ['first_reply_at_ms', 'INTEGER'],
] as const;

/** They hold their default (0, or null) in the row of a session that has closed as most do: such a row is written without them. */
const RARE_COLUMNS = [
  ['is_open', 'INTEGER NOT NULL DEFAULT 0'],
  /** When the sweep may have to act: a deadline, or one of the `DUE_…` numbers; null: never. */
  ['due_at_ms', 'INTEGER'],
  ['latched', 'INTEGER NOT NULL DEFAULT 0'],
  ['waiting_since_ms', 'INTEGER'],
  ['held', 'TEXT'],
  ['late_events', 'INTEGER NOT NULL DEFAULT 0'],
  ['unknown_events', 'INTEGER NOT NULL DEFAULT 0'],
  ['repeated_ids', 'INTEGER NOT NULL DEFAULT 0'],
  ['ignored_events', 'INTEGER NOT NULL DEFAULT 0'],
  ['parked_revision', 'INTEGER'],
  ['parked_why', 'TEXT'],
  ['event_ids', 'BLOB'],
] as const;

export const MOVING_COLUMNS = [...USUAL_COLUMNS, ...RARE_COLUMNS];
export const SESSION_COLUMNS = [...FIXED_COLUMNS, ...MOVING_COLUMNS];

export const USUAL_NAMES: readonly string[] = [...FIXED_COLUMNS, ...USUAL_COLUMNS].map(([name]) => name);

/** In `due_at_ms`: its lapse is latched, it closes at once. */
export const DUE_LATCHED = -1;
/** In `due_at_ms`: it waits for the pin that its writer left out. */
export const DUE_UNPINNED = -2;

/** See `due_at_ms`. A parked session is never due: nobody can say when. */
const dueOf = (state: SessionState): number | undefined => {
  if (state.parked !== undefined) return undefined;
  if (state.status === 'unpinned') return DUE_UNPINNED;
  const deadlineAtMs = deadlineOf(state);
  return deadlineAtMs !== undefined && state.latched ? DUE_LATCHED : deadlineAtMs;
};

const orNull = <T>(value: T | undefined): T | null => value ?? null;

type Written = Pick<SessionEntry, 'key' | 'id' | 'state'>;

/** `key`, then the values of the columns that every row is written with. */
export const usualOf = ({ key, id, state }: Written): SqliteInput[] => {
  const { opened, pin, close } = state;
  return [
    key,
    id,
    orNull(opened?.merchantId),
    orNull(opened?.openedBy),
    orNull(opened?.buyerId),
    orNull(opened?.agentId),
    orNull(opened?.externalId),
    orNull(opened?.previousSessionId),
    state.openedAtMs,
    state.status,
    state.revision,
    state.timeAtMs,
    orNull(pin?.policy),
    orNull(pin?.agentReplyMinutes),
    orNull(pin?.buyerReplyMinutes),
    orNull(pin?.queueMinutes),
    orNull(pin?.version),
    orNull(pin?.merchantRevision),
    state.rule,
    state.anchorRevision,
    state.anchorType,
    state.anchorAtMs,
    orNull(state.queueId),
    orNull(close?.reason),
    orNull(close?.atMs),
    orNull(close?.revision),
    close === undefined ? null : moreOfClose(state, close),
    state.buyerMessages,
    state.agentMessages,
    state.automatedMessages,
    orNull(state.firstReplyAtMs),
  ];
};

/** The values of the columns that most rows are written without. */
const rareOf = (state: SessionState, ids: Uint8Array | null): SqliteInput[] => {
  const { parked } = state;
  const isOpen = state.status === 'open' || state.status === 'unpinned';
  return [
    isOpen ? 1 : 0,
    orNull(dueOf(state)),
    state.latched ? 1 : 0,
    orNull(state.waitingSinceMs),
    state.held.length === 0 ? null : JSON.stringify(state.held),
    state.lateEvents,
    state.unknownEvents,
    state.repeatedIds,
    state.ignoredEvents,
    orNull(parked?.revision),
    orNull(parked?.why),
    isOpen ? ids : null,
  ];
};

/** The values of {@link RARE_COLUMNS}; undefined where all of them hold their default. */
export const rareUnlessDefault = (state: SessionState, ids: Uint8Array | null): SqliteInput[] | undefined => {
  const values = rareOf(state, ids);
  return values.every((value) => value === null || value === 0) ? undefined : values;
};

/** `key`, then the values of all columns in the order of {@link SESSION_COLUMNS}. */
export const rowOf = (entry: Written, ids: Uint8Array | null): SqliteInput[] => [
  ...usualOf(entry),
  ...rareOf(entry.state, ids),
];

interface MoreOfClose {
  readonly closedBy?: SessionClose['closedBy'];
  readonly sourceReason?: string | undefined;
  readonly proof?: Proof | undefined;
}

const moreOfClose = (state: SessionState, { closedBy, sourceReason, proof }: SessionClose): string | null => {
  if (closedBy === undefined && sourceReason === undefined && isOwnProof(state, proof)) return null;
  return JSON.stringify({ closedBy, sourceReason, proof } satisfies MoreOfClose);
};

/** A timeout's proof says what the folded session says too, so most rows need not carry it. */
const ownProof = (state: SessionState): Proof | undefined => {
  const { pin, anchorRevision, anchorType, anchorAtMs } = state;
  const deadlineAtMs = ownDeadline(state);
  if (pin === undefined || deadlineAtMs === undefined) return undefined;
  return {
    rule: state.rule,
    limitMinutes: limitMinutesOf(pin, state.rule) as number,
    configVersion: pin.version,
    anchor: { revision: anchorRevision, type: anchorType, occurredAt: formatInstant(anchorAtMs) },
    deadline: formatInstant(deadlineAtMs),
  };
};

const ownDeadline = ({ pin, rule, close, anchorAtMs }: SessionState): number | undefined => {
  const limitMinutes = pin === undefined ? null : limitMinutesOf(pin, rule);
  if (limitMinutes === null || close?.reason !== rule) return undefined;
  return anchorAtMs + limitMinutes * MS_PER_MINUTE;
};

const isOwnProof = (state: SessionState, proof: Proof | undefined): boolean => {
  const { pin } = state;
  const deadlineAtMs = ownDeadline(state);
  if (pin === undefined || deadlineAtMs === undefined || proof === undefined) {
    return proof === undefined && deadlineAtMs === undefined;
  }
  // A proof's instants are in one spelling (its schema sees to it), so comparing the times compares the text.
  return (
    proof.rule === state.rule &&
    proof.limitMinutes === limitMinutesOf(pin, state.rule) &&
    proof.configVersion === pin.version &&
    Date.parse(proof.deadline) === deadlineAtMs &&
    proof.anchor.revision === state.anchorRevision &&
    proof.anchor.type === state.anchorType &&
    Date.parse(proof.anchor.occurredAt) === state.anchorAtMs
  );
};

/** A row's values after `key`, by column. */
export type SessionValues = readonly SqliteValue[];
const indexOfColumn = new Map<string, number>(SESSION_COLUMNS.map(([name], index) => [name, index]));
type ColumnName = (typeof SESSION_COLUMNS)[number][0];
const at = (name: ColumnName): number => indexOfColumn.get(name) as number;

const openedFrom = (row: SessionValues): OpenedData | undefined => {
  const merchantId = row[at('merchant')];
  if (merchantId === null) return undefined;
  return {
    merchantId,
    openedBy: row[at('opened_by')],
    buyerId: orUndefined(row[at('buyer')]),
    agentId: orUndefined(row[at('agent')]),
    externalId: orUndefined(row[at('external_id')]),
    previousSessionId: orUndefined(row[at('previous_id')]),
  } as OpenedData;
};

const pinFrom = (row: SessionValues): Pin | undefined => {
  if (row[at('policy')] === null) return undefined;
  return {
    policy: row[at('policy')],
    agentReplyMinutes: row[at('agent_minutes')],
    buyerReplyMinutes: row[at('buyer_minutes')],
    queueMinutes: row[at('queue_minutes')],
    version: row[at('config_version')],
    merchantRevision: row[at('merchant_revision')],
  } as Pin;
};

const closeFrom = (row: SessionValues, state: SessionState): SessionClose | undefined => {
  if (row[at('close_reason')] === null) return undefined;
  const more = row[at('close_more')];
  const close = {
    reason: row[at('close_reason')],
    atMs: row[at('close_at_ms')],
    revision: row[at('close_revision')],
    closedBy: undefined,
    sourceReason: undefined,
    proof: undefined,
  } as SessionClose;
  if (more !== null) return { ...close, ...(JSON.parse(more as string) as MoreOfClose) };
  state.close = close;
  return { ...close, proof: ownProof(state) };
};

const orUndefined = <T>(value: SqliteValue | undefined): T | undefined => (value ?? undefined) as T | undefined;
const numberAt = (row: SessionValues, name: ColumnName): number => row[at(name)] as number;

/** The session that {@link rowOf} was given. Throws for a row whose JSON is broken. */
export const stateFrom = (stream: string, row: SessionValues): SessionState => {
  const parkedWhy = row[at('parked_why')] as string | null;
  const held = row[at('held')] as string | null;
  // Assigned one by one: a state from a row has the shape of one that was folded, and folds as fast.
  const state = unseen(stream);
  state.status = row[at('status')] as SessionState['status'];
  state.parked = parkedWhy === null ? undefined : { revision: numberAt(row, 'parked_revision'), why: parkedWhy };
  state.revision = numberAt(row, 'revision');
  state.opened = openedFrom(row);
  state.openedAtMs = numberAt(row, 'opened_at_ms');
  state.timeAtMs = numberAt(row, 'time_at_ms');
  state.pin = pinFrom(row);
  state.rule = row[at('rule')] as SessionState['rule'];
  state.anchorRevision = numberAt(row, 'anchor_revision');
  state.anchorType = row[at('anchor_type')] as SessionState['anchorType'];
  state.anchorAtMs = numberAt(row, 'anchor_at_ms');
  state.latched = row[at('latched')] === 1;
  state.waitingSinceMs = orUndefined(row[at('waiting_since_ms')]);
  state.queueId = orUndefined(row[at('queue_id')]);
  state.held = held === null ? [] : (JSON.parse(held) as FoldEvent[]);
  state.buyerMessages = numberAt(row, 'buyer_messages');
  state.agentMessages = numberAt(row, 'agent_messages');
  state.automatedMessages = numberAt(row, 'automated_messages');
  state.firstReplyAtMs = orUndefined(row[at('first_reply_at_ms')]);
  state.lateEvents = numberAt(row, 'late_events');
  state.unknownEvents = numberAt(row, 'unknown_events');
  state.repeatedIds = numberAt(row, 'repeated_ids');
  state.ignoredEvents = numberAt(row, 'ignored_events');
  state.close = closeFrom(row, state);
  return state;
};

export const idsColumn = at('event_ids');
export const revisionColumn = at('revision');
