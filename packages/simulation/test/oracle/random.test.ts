import { describe, expect, it } from '@jest/globals';
import type { Answer, Command, Placed, Script, World } from '@lapse/simulation/oracle';
import {
  answerTo,
  emptyWorld,
  fateOf,
  invariants,
  mulberry32,
  randomCommands,
  randomLog,
} from '@lapse/simulation/oracle';
import { DAY } from './given.js';

const YEAR_MS = 365 * DAY * 60_000;

/** Plays a script with sweeps in between, so many milliseconds apart (null: none), and a last one when all has lapsed. */
function play(script: Script, sweepEveryMs: number | null): { world: World; answers: Answer[]; endMs: number } {
  let world = emptyWorld(script.settings);
  const answers: Answer[] = [];
  const step = (command: Command) => {
    const answered = answerTo(world, command);
    world = answered.world;
    return answered.answer;
  };
  let lastMs = script.commands[0]!.nowMs;
  for (const command of script.commands) {
    // Long silences need no sweep for every tick: one for each of the first forty says as much.
    const ticks = sweepEveryMs === null ? 0 : Math.min(40, Math.floor((command.nowMs - lastMs) / sweepEveryMs));
    for (let tick = 1; tick <= ticks; tick += 1) step({ do: 'sweep', nowMs: lastMs + tick * (sweepEveryMs ?? 0) });
    lastMs = command.nowMs;
    answers.push(step(command));
  }
  const endMs = lastMs + YEAR_MS;
  step({ do: 'sweep', nowMs: endMs });
  return { world, answers, endMs };
}

/** The streams without what may differ: places in the whole log, and when a lapse was noticed. */
const bare = (world: World) =>
  Object.fromEntries(
    Object.entries(world.sessions).map(([stream, log]) => [
      stream,
      log.map(({ position: _position, noticedAtMs: _noticedAtMs, ...event }) => event),
    ]),
  );

const withoutSweeps = (script: Script): Script => ({
  ...script,
  commands: script.commands.filter((command) => command.do !== 'sweep' && command.do !== 'read'),
});

describe('random logs', () => {
  it('are the same for the same seed', () => {
    expect(randomLog(mulberry32(7))).toEqual(randomLog(mulberry32(7)));
  });

  it('reach every state and every verdict', () => {
    const seen = new Map<string, number>();
    const saw = (what: string, count = 1) => seen.set(what, (seen.get(what) ?? 0) + count);
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const log = randomLog(mulberry32(seed));
      const { state, parked, tally, close, latched, clock } = fateOf(log);
      saw(parked === null ? state : `${state} ${parked.why}`);
      for (const name of ['late', 'ignored', 'repeated', 'held'] as const) saw(name, Math.sign(tally[name].length));
      if (latched) saw('latched');
      if (close !== null)
        saw(close.lapsesOwn ? (tally.late.length > 0 ? 'own close after a latch' : 'own close') : 'other close');
      if (clock !== null && clock.deadlineAtMs === null) saw('no deadline');
      if (clock !== null && log.events.some((event) => event.occurredAtMs === clock.deadlineAtMs))
        saw('tie at the deadline');
    }
    expect(Object.fromEntries([...seen].filter(([, count]) => count < 10))).toEqual({});
    expect([...seen.keys()].sort()).toEqual(
      [
        'closed',
        'held',
        'ignored',
        'late',
        'latched',
        'no deadline',
        'open',
        'other close',
        'own close',
        'own close after a latch',
        'parked first-not-opened',
        'parked newer-schema',
        'parked stream-name',
        'parked unreadable',
        'repeated',
        'tie at the deadline',
        'unpinned',
      ].sort(),
    );
  });

  it('give the same fate wherever the pin stands, if no close stands before it', () => {
    let compared = 0;
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const log = randomLog(mulberry32(seed));
      const fate = fateOf(log);
      if (fate.pin === null || fate.pin.revision === 1) continue;
      const ids = (revisions: readonly number[], from: typeof log.events) => revisions.map((at) => from[at]!.id).sort();
      const pin = log.events[fate.pin.revision]!;
      const rest = log.events.filter((event) => event !== pin);
      const moved = [rest[0]!, pin, ...rest.slice(1)].map((event, revision) => ({ ...event, revision }));
      const other = fateOf({ stream: log.stream, events: moved });
      const told = (of: typeof fate, from: typeof log.events) => ({
        seed,
        state: of.state,
        counted: ids(of.tally.counted, from),
        late: ids(of.tally.late, from),
        deadlineAtMs: of.clock?.deadlineAtMs,
        closeId: of.close?.id,
        countedAtMs: of.close?.countedAtMs,
        waitingSinceMs: of.waitingSinceMs,
      });
      expect(told(other, moved)).toEqual(told(fate, log.events));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('never let the session’s time pass its deadline, nor a close count after it', () => {
    for (let seed = 1; seed <= 1_500; seed += 1) {
      const { clock, close } = fateOf(randomLog(mulberry32(seed)));
      if (clock?.deadlineAtMs != null)
        expect({ seed, is: clock.anchor.atMs <= clock.deadlineAtMs }).toEqual({ seed, is: true });
      const proof = close?.proofDue;
      if (proof) expect({ seed, is: close.countedAtMs <= proof.deadlineAtMs }).toEqual({ seed, is: true });
    }
  });
});

describe('random commands', () => {
  it('are the same for the same seed', () => {
    expect(randomCommands(mulberry32(7), 30)).toEqual(randomCommands(mulberry32(7), 30));
  });

  it('reach every answer, successors of successors among them', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 110; seed += 1) {
      const { world, answers } = play(randomCommands(mulberry32(seed), 50, { foreign: true }), null);
      for (const answer of answers) seen.add(answer.ok ? 'ok' : answer.code);
      const previous = (stream: string) => world.sessions[stream]?.[0]?.data['previousSessionId'];
      for (const stream of Object.keys(world.sessions)) {
        if (previous(stream) !== undefined && previous(`session-${String(previous(stream))}`) !== undefined)
          seen.add('successor of a successor');
      }
    }
    expect([...seen].sort()).toEqual(
      [
        'bad-value',
        'batch-crosses-close',
        'batch-half-known',
        'event-id-reused',
        'fixed-by-platform',
        'in-the-future',
        'no-such-session',
        'no-such-version',
        'not-rolled-out',
        'ok',
        'session-closed',
        'session-exists',
        'stream-parked',
        'successor of a successor',
        'wrong-revision',
      ].sort(),
    );
  });

  it('keep every promise, also beside strangers who write into the same streams', () => {
    for (let seed = 1; seed <= 70; seed += 1) {
      const script = randomCommands(mulberry32(seed), 50, { foreign: seed % 2 === 0 });
      const { world, answers, endMs } = play(script, null);
      const acknowledged: (readonly Placed[])[] = answers.flatMap((answer) => (answer.ok ? [answer.placed] : []));
      expect({ seed, found: invariants(world, { acknowledged, quiescentAtMs: endMs }) }).toEqual({ seed, found: [] });
    }
  });

  it('D6: give the same logs and the same answers for a sweep every second, every five minutes, every day or never', () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const script = withoutSweeps(randomCommands(mulberry32(seed), 40));
      const never = play(script, null);
      for (const everyMs of [1_000, 300_000, DAY * 60_000]) {
        const other = play(script, everyMs);
        expect({ seed, everyMs, answers: other.answers }).toEqual({ seed, everyMs, answers: never.answers });
        expect({ seed, everyMs, logs: bare(other.world) }).toEqual({ seed, everyMs, logs: bare(never.world) });
      }
    }
  });

  it('a retry at once of whatever was answered with success writes nothing more and answers the same', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { commands, settings } = randomCommands(mulberry32(seed), 40);
      let world = emptyWorld(settings);
      for (const command of commands) {
        const first = answerTo(world, command);
        const again = answerTo(first.world, command);
        if (first.answer.ok && command.do !== 'config') {
          expect({ seed, command, answer: again.answer }).toEqual({ seed, command, answer: first.answer });
          expect({ seed, logs: bare(again.world) }).toEqual({ seed, logs: bare(first.world) });
        }
        world = first.world;
      }
    }
  });
});
