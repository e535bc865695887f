import { describe, expect, it } from '@jest/globals';
import { faultsOf, type LogLine } from './lib/log-check.js';

const line = (revision: number, type: string, time: string, data: object = {}): LogLine => ({
  position: String(revision + 1),
  stream: 'session-s1',
  revision,
  id: `id-${revision}`,
  type,
  occurredAt: `2026-03-01T${time}.000Z`,
  data,
});
const limits = { agentReplyMinutes: 360, buyerReplyMinutes: 20, queueMinutes: 1440 };
const lapsed = (revision: number, reason: string, time: string): LogLine =>
  line(revision, 'closed', time, { reason, proof: { deadline: `2026-03-01T${time}.000Z` } });
const good = [
  line(0, 'opened', '10:00:00'),
  line(1, 'config-version', '10:00:00', limits),
  line(2, 'message-from-agent', '10:05:00'),
  lapsed(3, 'buyer-silent', '10:25:00'),
];
const nothing = { acknowledged: [], toldClosed: [] };
const settledMs = Date.parse('2026-03-02T00:00:00Z');
const faults = (log: readonly LogLine[], told: Parameters<typeof faultsOf>[1] = nothing): string[] =>
  faultsOf(log, told, settledMs);

describe('the check of a log after kills', () => {
  it('finds nothing wrong with a good one', () => {
    const told = { acknowledged: [{ sessionId: 's1', revision: 2, id: 'id-2' }], toldClosed: ['s1'] };
    expect(faults(good, told)).toEqual([]);
  });

  it.each([
    ['a lost event', [...good.slice(0, 2), { ...good[3], revision: 2, position: '3' } as LogLine], 'closed as'],
    ['a gap', good.filter(({ revision }) => revision !== 2), 'revision 3 in place 2'],
    ['an id that stands twice', [...good.slice(0, 3), { ...(good[3] as LogLine), id: 'id-2' }], 'id id-2 twice'],
    ['a second close', [...good, lapsed(4, 'buyer-silent', '10:25:00')], 'goes on after its close'],
    ['a close at another instant', [...good.slice(0, 3), lapsed(3, 'buyer-silent', '10:25:01')], 'instead of'],
    ['a close for another reason', [...good.slice(0, 3), lapsed(3, 'agent-silent', '10:25:00')], 'instead of'],
    [
      'an event behind the deadline',
      [...good.slice(0, 3), line(3, 'queued', '10:25:01')],
      'stands behind the deadline',
    ],
    ['a session that was due and is open', good.slice(0, 3), 'and still open'],
  ])('notices %s', (_, log, fault) => {
    expect(faults(log).join('\n')).toContain(fault);
  });

  it('notices an acknowledged event that is not there, and a close that was told and is none', () => {
    const acknowledged = [{ sessionId: 's1', revision: 4, id: 'id-4' }];
    expect(faults(good, { acknowledged, toldClosed: [] })).toEqual(['s1@4: the acknowledged id-4 is not there']);
    expect(faults(good.slice(0, 2), { acknowledged: [], toldClosed: ['s1'] })).toContain(
      's1 was called closed and has 0 closes',
    );
  });
});
