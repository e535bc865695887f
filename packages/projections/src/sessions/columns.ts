import type { SqliteValue } from '@lapse/sqlite';

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

/** A row's values after `key`, in the order of {@link SESSION_COLUMNS}. */
export type SessionValues = readonly SqliteValue[];
const indexOfColumn = new Map<string, number>(SESSION_COLUMNS.map(([name], index) => [name, index]));
export type ColumnName = (typeof SESSION_COLUMNS)[number][0];
/** Where its value stands in {@link SessionValues}. */
export const placeOf = (name: ColumnName): number => indexOfColumn.get(name) as number;
