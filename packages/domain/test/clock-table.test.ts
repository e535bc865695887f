import { describe, expect, it } from '@jest/globals';
import { deadlineOf } from '../src/index.js';
import { agent, at, automated, buyer, closed, given, legacy, opened, queued, standard, unknown } from './given.js';

/** What each event does to the clock: every cell of the rules' table, at 10 minutes, the running rule counted from 0 or 1. */
const running = {
  'agent-silent': [opened(), standard(), buyer(1)],
  'buyer-silent': [opened(), standard(), agent(1)],
  'queue-expired': [opened(), standard(), queued(1)],
  'agent-silent (legacy)': [opened(), legacy, buyer(1)],
  'buyer-silent (legacy)': [opened(), legacy, agent(1)],
};
const events = { buyer: buyer(10), agent: agent(10), automated: automated(10), queued: queued(10), unknown };

const cells: [keyof typeof running, keyof typeof events, string, number][] = [
  ['agent-silent', 'buyer', 'agent-silent', 10 + 360],
  ['agent-silent', 'agent', 'buyer-silent', 10 + 20],
  ['agent-silent', 'automated', 'agent-silent', 1 + 360],
  ['agent-silent', 'queued', 'queue-expired', 10 + 1440],
  ['agent-silent', 'unknown', 'agent-silent', 1 + 360],
  ['buyer-silent', 'buyer', 'agent-silent', 10 + 360],
  ['buyer-silent', 'agent', 'buyer-silent', 10 + 20],
  ['buyer-silent', 'automated', 'buyer-silent', 1 + 20],
  ['buyer-silent', 'queued', 'queue-expired', 10 + 1440],
  ['buyer-silent', 'unknown', 'buyer-silent', 1 + 20],
  ['queue-expired', 'buyer', 'queue-expired', 1 + 1440],
  ['queue-expired', 'agent', 'buyer-silent', 10 + 20],
  ['queue-expired', 'automated', 'queue-expired', 1 + 1440],
  ['queue-expired', 'queued', 'queue-expired', 1 + 1440],
  ['queue-expired', 'unknown', 'queue-expired', 1 + 1440],
  ['agent-silent (legacy)', 'queued', 'agent-silent', 1 + 4320],
  ['buyer-silent (legacy)', 'queued', 'agent-silent', 10 + 4320],
  ['buyer-silent (legacy)', 'buyer', 'agent-silent', 10 + 4320],
];

describe('what each event does to the clock', () => {
  it.each(cells)('while %s runs, %s leaves %s until minute %d', (rule, event, expectedRule, deadline) => {
    const state = given(...running[rule], events[event]);
    expect([state.rule, deadlineOf(state)]).toEqual([expectedRule, at(deadline)]);
  });
  it.each(Object.keys(running) as (keyof typeof running)[])('a close ends %s', (rule) => {
    const state = given(...running[rule], closed(10));
    expect(state.status).toBe('closed');
    expect(deadlineOf(state)).toBeUndefined();
  });
});
