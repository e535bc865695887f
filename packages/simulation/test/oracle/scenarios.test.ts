import { describe, expect, it } from '@jest/globals';
import {
  agent,
  atMs,
  automated,
  buyer,
  closed,
  DAY,
  fateAfter,
  fateOfAll,
  HOUR,
  legacy,
  opened,
  OTHER,
  Play,
  queued,
  running,
  short,
  standard,
  timeout,
  unknown,
} from './given.js';

describe('which clock runs, and from when', () => {
  it('a note behind the agent’s message moves no deadline', () => {
    expect(running(fateAfter(agent(1), unknown(5)))).toEqual(['buyer-silent', 21]);
  });

  it('a buyer who answers at 19 min turns buyer-silent off', () => {
    const fate = fateAfter(agent(0), buyer(19), agent(25));
    expect(running(fateAfter(agent(0), buyer(19)))).toEqual(['agent-silent', 379]);
    expect(fate.tally.late).toEqual([]);
  });

  it('buyer 0, agent 1, agent 15 lapses after 35 min', () => {
    expect(running(fateAfter(buyer(0), agent(1), agent(15)))).toEqual(['buyer-silent', 35]);
  });

  it('a human greeting alone runs buyer-silent, an automated one alone leaves agent-silent from the opening', () => {
    expect(running(fateAfter(agent(0)))).toEqual(['buyer-silent', 20]);
    expect(running(fateAfter(automated(2)))).toEqual(['agent-silent', 360]);
  });

  it('a session without a message has one deadline and closes once, for days', () => {
    const play = new Play();
    play.open();
    for (let day = 1; day <= 5; day += 1) play.sweep(day * DAY);
    expect(play.story()).toEqual(['opened 0', 'config-version 0', 'closed 360']);
  });

  it('"the buyer never wrote" is not infinitely long ago: no close before 20 min after the agent’s message', () => {
    const play = new Play();
    play.open();
    play.append(300, agent(300));
    play.sweep(320, 5_000);
    expect(play.fate().state).toBe('open');
  });

  it('a buyer who waits for 3 h is not closed by the buyer’s limit, only at 6 h by the agent’s', () => {
    const play = new Play();
    play.open();
    play.append(0, buyer(0));
    play.sweep(3 * HOUR);
    expect(play.fate().state).toBe('open');
    play.sweep(7 * HOUR);
    expect(play.fate().close).toMatchObject({ reason: 'agent-silent', occurredAtMs: atMs(6 * HOUR) });
  });

  it('assignments, tags and receipts do not move the deadline by a millisecond', () => {
    const odd = ['assigned', 'tagged', 'read-receipt'].map((type, at) => ({ ...unknown(100 + at), type }));
    expect(running(fateAfter(buyer(1), ...odd))).toEqual(running(fateAfter(buyer(1))));
  });

  it('an auto-reply is no agent message', () => {
    expect(running(fateAfter(buyer(1), automated(300)))).toEqual(['agent-silent', 361]);
  });

  it('"ok, thanks" after the agent’s last word is a message like any other', () => {
    expect(running(fateAfter(agent(1), buyer(2)))).toEqual(['agent-silent', 362]);
  });
});

describe('queue and transfer', () => {
  it('back to the queue: buyer-silent is off, queue-expired runs afresh', () => {
    expect(running(fateAfter(queued(0), agent(5), queued(15)))).toEqual(['queue-expired', 1455]);
  });

  it('a session that nobody accepted is closed by the queue’s rule, with its own reason', () => {
    const play = new Play();
    play.open();
    play.append(1, queued(1));
    play.sweep(2 * DAY);
    expect(play.fate().close).toMatchObject({ reason: 'queue-expired', occurredAtMs: atMs(1441) });
  });

  it('ten more messages while queued do not prolong the wait; queue time stops at the close', () => {
    const messages = Array.from({ length: 10 }, (_, at) => buyer(10 + at));
    expect(running(fateAfter(queued(5), ...messages))).toEqual(['queue-expired', 1445]);
    expect(fateAfter(queued(5), closed(9)).waitingSinceMs).toBeNull();
  });

  it('a transfer after 4 h of silence does not move agent-silent', () => {
    expect(running(fateAfter(buyer(0), { ...unknown(240), type: 'transferred' }))).toEqual(['agent-silent', 360]);
  });
});

describe('config, pinning, versions', () => {
  const set = (buyerReplyMinutes: number) => ({ values: { buyerReplyMinutes } });
  const limit = (play: Play, stream?: string) => play.fate(stream).pin?.limits.buyer;

  it('300 to 50 with A, B, C open and D after: 300, 300, 300, 50', () => {
    const play = new Play();
    const streams = ['A', 'B', 'C', 'D'].map((name) => `session-01HF7YAT00${name.repeat(16)}`);
    play.config('change', 0, set(300));
    for (const stream of streams.slice(0, 3)) play.open(1, stream);
    play.config('change', 2, set(50));
    play.open(2, streams[3]);
    expect(streams.map((stream) => limit(play, stream))).toEqual([300, 300, 300, 50]);
  });

  it('a lower limit closes no old session at once', () => {
    const play = new Play();
    play.config('change', 0, set(300));
    play.open(0);
    play.append(1, agent(1));
    play.config('change', 100, set(5));
    play.sweep(200);
    expect(play.fate().state).toBe('open');
  });

  it('a session from before the roll-out keeps 72 h to its end, the buyer’s next one has 6 h', () => {
    const play = new Play({ newMerchants: 'legacy' });
    play.open(0);
    play.config('rollout', 1);
    for (let hour = 1; hour < 6; hour += 1) play.append(hour * HOUR, buyer(hour * HOUR));
    expect(running(play.fate())).toEqual(['agent-silent', 5 * HOUR + 4320]);
    play.append(6 * HOUR, closed(6 * HOUR));
    play.append(7 * HOUR, buyer(7 * HOUR), { onClosed: 'open-new' });
    expect(running(play.fate(play.others()[0]))).toEqual(['agent-silent', 13 * HOUR]);
  });
});

describe('executing the close', () => {
  it('after a timeout close a year of sweeps adds nothing', () => {
    const play = new Play();
    play.open();
    play.sweep(DAY);
    const before = play.log();
    for (let month = 1; month <= 12; month += 1) play.sweep(month * 30 * DAY);
    expect(play.log()).toEqual(before);
  });

  it('deadline, manual close and message at the same instant have one outcome', () => {
    expect(fateAfter(agent(10), closed(30), buyer(30)).close).toMatchObject({
      reason: 'by-agent',
      countedAtMs: atMs(30),
    });
    expect(running(fateAfter(agent(10), buyer(30), timeout('buyer-silent', 30)))).toBe('closed');
    const play = new Play();
    play.open();
    play.append(10, agent(10));
    play.sweep(30);
    expect([short(play.append(30, buyer(30))), short(play.append(30, closed(30)))]).toEqual(['ok', 'ok']);
    expect(play.fate().close).toMatchObject({ reason: 'by-agent' });
  });

  it('config changes and `queued` that touch a closed session never reopen it', () => {
    const play = new Play();
    play.open();
    play.append(1, closed(1));
    play.config('change', 2, { values: { buyerReplyMinutes: 50 } });
    expect(short(play.append(3, queued(3)))).toBe('session-closed 0');
    expect([play.fate().state, play.types()]).toEqual(['closed', ['opened', 'config-version', 'closed']]);
  });

  it('a message between "found overdue" and "close appended" is judged by its time', () => {
    const play = new Play();
    play.open();
    play.append(10, agent(10));
    play.append(30, buyer(30), {}, 4_000);
    play.sweep(31);
    expect(running(play.fate())).toEqual(['agent-silent', 390]);
  });

  it('a poison session does not stop the rest', () => {
    const play = new Play();
    play.foreign(buyer(0));
    play.open(0, OTHER);
    play.sweep(DAY);
    expect([play.fate().state, play.fate(OTHER).state]).toEqual(['parked', 'closed']);
  });

  it('in the next session the rule works again', () => {
    const play = new Play();
    play.open();
    play.append(1, agent(1));
    play.append(100, agent(100), { onClosed: 'open-new' });
    play.sweep(DAY);
    expect(play.fate(play.others()[0]).close).toMatchObject({ reason: 'buyer-silent', occurredAtMs: atMs(120) });
  });
});

describe('time itself', () => {
  it('the queue’s day is 86 400 s, whatever the calendar says', () => {
    const clock = fateOfAll({ ...opened(), occurredAtMs: Date.UTC(2024, 2, 31) }, standard(), {
      ...queued(0),
      occurredAtMs: Date.UTC(2024, 2, 31, 0, 30),
    }).clock;
    expect(clock && clock.deadlineAtMs! - clock.anchor.atMs).toBe(86_400_000);
  });

  it('a buyer’s message recorded after the reply that answered it counts as the reply’s time', () => {
    expect(running(fateAfter(agent(10), buyer(9)))).toEqual(['agent-silent', 370]);
  });

  it('an event before the opening gives no deadline in the past', () => {
    expect(running(fateOfAll(opened(100), legacy(), buyer(-9_999)))).toEqual(['agent-silent', 100 + 4320]);
  });

  it('the remaining time is the deadline less now', () => {
    const play = new Play();
    play.open();
    expect(play.read(100)).toMatchObject({ remainingMs: 260 * 60_000, deadlineAtMs: atMs(360) });
  });
});
