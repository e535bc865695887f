import type { EventRecord, Rule } from './records.js';
import { isAutomated } from './records.js';

/** Pinned limits in whole minutes; null: there is no such rule. */
export interface Limits {
  readonly agent: number | null;
  readonly buyer: number | null;
  readonly queue: number | null;
}

/** A column of the clock table that an open session can meet. */
export type Column = 'buyer' | 'agent' | 'automated' | 'queued';

/** A cell of the table: the rule that runs afterwards, counted from this event, or that nothing moves. */
type Cell = Rule | 'nothing moves';

/**
 * The table "What each event does to the clock", cell by cell, for a queue limit that exists.
 * The row `closed` and the column `closed` are not here: they are about which events count at all.
 */
const TABLE: Readonly<Record<Rule, Readonly<Record<Column, Cell>>>> = {
  'agent-silent': {
    buyer: 'agent-silent',
    agent: 'buyer-silent',
    automated: 'nothing moves',
    queued: 'queue-expired',
  },
  'buyer-silent': {
    buyer: 'agent-silent',
    agent: 'buyer-silent',
    automated: 'nothing moves',
    queued: 'queue-expired',
  },
  'queue-expired': {
    buyer: 'nothing moves',
    agent: 'buyer-silent',
    automated: 'nothing moves',
    queued: 'nothing moves',
  },
};

/** The two cells that the table gives in brackets: what `queued` does when the queue limit is null. */
const QUEUED_WITHOUT_LIMIT: Readonly<Record<Rule, Cell>> = {
  'agent-silent': 'nothing moves',
  'buyer-silent': 'agent-silent',
  'queue-expired': 'nothing moves',
};

/** Which column of the table an event belongs to. Only messages and `queued` may be asked about. */
function columnOf(event: EventRecord): Column {
  if (event.type === 'message-from-buyer') return 'buyer';
  if (event.type === 'queued') return 'queued';
  return isAutomated(event) ? 'automated' : 'agent';
}

/** The table's cell for a running rule and a column, the brackets of `queued` included. */
export function cellOf(running: Rule, column: Column, limits: Limits): Cell {
  if (column === 'queued' && limits.queue === null) return QUEUED_WITHOUT_LIMIT[running];
  return TABLE[running][column];
}

/**
 * Which rule runs after `opened` and then these events, and which event started it. Said as the table says it: what
 * runs after the last event depends on what ran before it, which depends on what ran before the one before, down to
 * `opened`, which starts agent-silent (D3). Nothing is remembered between two questions.
 *
 * @param opened the session's first event
 * @param counted the messages and `queued` that counted, in the order of the log
 * @param howMany how many of them to hear; all, unless the question before asks
 */
export function runsAfter(
  opened: EventRecord,
  counted: readonly EventRecord[],
  limits: Limits,
  howMany = counted.length,
): { rule: Rule; startedBy: EventRecord } {
  const last = counted[howMany - 1];
  if (last === undefined) return { rule: 'agent-silent', startedBy: opened };
  const before = runsAfter(opened, counted, limits, howMany - 1);
  const cell = cellOf(before.rule, columnOf(last), limits);
  return cell === 'nothing moves' ? before : { rule: cell, startedBy: last };
}

/** The pinned limit of a rule. */
export function limitOf(rule: Rule, limits: Limits): number | null {
  if (rule === 'agent-silent') return limits.agent;
  return rule === 'buyer-silent' ? limits.buyer : limits.queue;
}
