import { deadlineOf, type SessionClose, type SessionState } from '@lapse/domain';
import type { SqliteInput } from '@lapse/sqlite';
import { DUE_LATCHED, DUE_UNPINNED } from './columns.js';
import type { SessionEntry } from './entry.js';
import type { MoreOfClose } from './from-row.js';
import { isOwnProof } from './own-proof.js';

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

const moreOfClose = (state: SessionState, { closedBy, sourceReason, proof }: SessionClose): string | null => {
  if (closedBy === undefined && sourceReason === undefined && isOwnProof(state, proof)) return null;
  return JSON.stringify({ closedBy, sourceReason, proof } satisfies MoreOfClose);
};
