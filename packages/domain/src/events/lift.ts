import type { EventType } from './schemas.js';

/**
 * The one place where old shapes become the newest. A lifter takes the data of its version and gives that of the next;
 * an event without a version is of the current one (writers that know nothing of Lapse send none).
 */
type Fields = Record<string, unknown>;
type Lifter = (type: EventType, data: Fields) => Fields;

/** Version 0 counted the fixed limits in hours. */
const hoursToMinutes: Lifter = (type, data) => {
  if (type !== 'config-version') return data;
  const { agentReplyHours, queueHours, ...rest } = data;
  return { ...rest, agentReplyMinutes: inMinutes(agentReplyHours), queueMinutes: inMinutes(queueHours) };
};

const inMinutes = (hours: unknown): unknown => (typeof hours === 'number' ? hours * 60 : hours);

const lifters: readonly Lifter[] = [hoursToMinutes];

/** Lifts data of `schemaVersion` to the current shape. `schemaVersion` must not be above the current one. */
export const lift = (type: EventType, schemaVersion: number, data: Fields): Fields =>
  lifters.slice(schemaVersion).reduce((lifted, lifter) => lifter(type, lifted), withoutNulls(type, data));

/** Writers in other languages send `null` for "left out". In a config, null is a value: no such limit. */
const withoutNulls = (type: EventType, data: Fields): Fields =>
  type === 'config-version' ? data : Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
