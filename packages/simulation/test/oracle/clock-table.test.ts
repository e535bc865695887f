import { describe, expect, it } from '@jest/globals';
import type { EventRecord, Limits } from '@lapse/simulation/oracle';
import { fateOf, mulberry32, randomLog, verdictsOn } from '@lapse/simulation/oracle';
import {
  agent,
  automated,
  buyer,
  closed,
  fateOfAll,
  legacy,
  none,
  opened,
  queued,
  running,
  standard,
} from './given.js';

// What each row of the table means: how to get there, and what runs there (from minute 10 on).
const rows = {
  'agent-silent': { way: [buyer(10)], before: ['agent-silent', 370] },
  'buyer-silent': { way: [agent(10)], before: ['buyer-silent', 30] },
  'queue-expired': { way: [queued(10)], before: ['queue-expired', 1450] },
} as const;

const cells = [
  ['agent-silent', 'buyer', buyer(15), ['agent-silent', 375]],
  ['agent-silent', 'agent', agent(15), ['buyer-silent', 35]],
  ['agent-silent', 'automated', automated(15), ['agent-silent', 370]],
  ['agent-silent', 'queued', queued(15), ['queue-expired', 1455]],
  ['agent-silent', 'closed', closed(15), 'closed'],
  ['buyer-silent', 'buyer', buyer(15), ['agent-silent', 375]],
  ['buyer-silent', 'agent', agent(15), ['buyer-silent', 35]],
  ['buyer-silent', 'automated', automated(15), ['buyer-silent', 30]],
  ['buyer-silent', 'queued', queued(15), ['queue-expired', 1455]],
  ['buyer-silent', 'closed', closed(15), 'closed'],
  ['queue-expired', 'buyer', buyer(15), ['queue-expired', 1450]],
  ['queue-expired', 'agent', agent(15), ['buyer-silent', 35]],
  ['queue-expired', 'automated', automated(15), ['queue-expired', 1450]],
  ['queue-expired', 'queued', queued(15), ['queue-expired', 1450]],
  ['queue-expired', 'closed', closed(15), 'closed'],
] as const;

describe('the clock table', () => {
  it.each(Object.entries(rows))('is entered at %s', (_, { way, before }) => {
    expect(running(fateOfAll(opened(), standard(), ...way))).toEqual(before);
  });

  it.each(cells)('while %s runs, %s gives what the cell says', (row, _column, event, after) => {
    expect(running(fateOfAll(opened(), standard(), ...rows[row].way, event))).toEqual(after);
  });

  it('starts agent-silent with `opened`, counted from it', () => {
    expect(running(fateOfAll(opened(3), standard()))).toEqual(['agent-silent', 363]);
  });

  it('moves nothing at `queued` while agent-silent runs and the queue limit is null', () => {
    expect(running(fateOfAll(opened(), legacy(), buyer(10), queued(15)))).toEqual(['agent-silent', 4330]);
  });

  it('goes from buyer-silent to agent-silent at `queued` when the queue limit is null', () => {
    expect(running(fateOfAll(opened(), legacy(), agent(10), queued(15)))).toEqual(['agent-silent', 4335]);
    expect(running(fateOfAll(opened(), none(), agent(10), queued(15)))).toEqual(['agent-silent', null]);
  });

  it('never runs out of a rule whose limit is null', () => {
    const fate = fateOfAll(opened(), none(), agent(10), buyer(100_000));
    expect(running(fate)).toEqual(['agent-silent', null]);
    expect(fate.tally.late).toEqual([]);
    expect(fate.clock?.proof).toBeNull();
  });
});

/** The table in closed form, without any step from event to event: a third reading, of the oracle's own. */
function closedForm(openedEvent: EventRecord, talk: readonly EventRecord[], limits: Limits) {
  const human = (event: EventRecord) => event.type === 'message-from-agent' && event.data['automated'] !== true;
  const answer = talk.findLast(human);
  const since = talk.filter((event) => event.revision > (answer?.revision ?? -1));
  const entry = since.find((event) => event.type === 'queued');
  const word = since.findLast((event) => event.type === 'message-from-buyer');
  if (entry !== undefined && limits.queue !== null) return ['queue-expired', entry.revision];
  if (word !== undefined) return ['agent-silent', word.revision];
  if (answer === undefined) return ['agent-silent', openedEvent.revision];
  return entry === undefined ? ['buyer-silent', answer.revision] : ['agent-silent', entry.revision];
}

describe('the clock table, read in closed form', () => {
  it('agrees with the table walked event by event, on 3 000 random logs', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const log = randomLog(mulberry32(seed));
      const fate = fateOf(log);
      if (fate.clock === null || fate.pin === null) continue;
      const verdicts = verdictsOn(log.events);
      const talk = log.events.filter((_, at) => verdicts[at] === 'counts');
      const found = [fate.clock.rule, fate.clock.anchor.revision];
      expect({ seed, found }).toEqual({ seed, found: closedForm(log.events[0]!, talk, fate.pin.limits) });
      seen.add(`${fate.clock.rule} ${fate.pin.limits.queue === null ? 'without' : 'with'} a queue limit`);
    }
    expect([...seen].sort()).toEqual([
      'agent-silent with a queue limit',
      'agent-silent without a queue limit',
      'buyer-silent with a queue limit',
      'buyer-silent without a queue limit',
      'queue-expired with a queue limit',
    ]);
  });
});
