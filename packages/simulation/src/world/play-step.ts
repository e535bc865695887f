import type { FaultKind } from '../faults/fault-counts.js';
import { CALL_TIMES_OUT_MS_MAX } from '../faults/store-faults.js';
import { operate } from './operate.js';
import type { Step, Target } from './plan.js';
import type { SimulatedEngine } from './simulated-engine.js';
import type { Stage } from './stage.js';

/** How long a stopping engine is given before it is killed. */
const STOP_PATIENCE_MS = 60_000;

/** Sets one step of a plan going; what takes time goes on beside the steps that follow. */
export const playStep = (stage: Stage, step: Step): void => {
  switch (step.do) {
    case 'open':
    case 'send':
    case 'configure':
    case 'read':
      return send(stage, step);
    case 'stranger':
      return watched(
        stage,
        stage.scheduler.step(stage.owner).then(() => stage.strangerWrites(step.stream, step.events)),
      );
    case 'operate':
      return watched(stage, operate(stage, step));
    case 'kill':
    case 'stop':
    case 'start':
      return power(stage, step);
    default:
      return spoil(stage, step);
  }
};

type StepOf<Kind extends Step['do']> = Extract<Step, { do: Kind }>;

/** Whatever rejects here is a bug: of the product, or of the world. */
const watched = (stage: Stage, work: Promise<void>): void => {
  work.catch((error: unknown) => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stage.failures.push({ promise: 'no-crash', stream: '', what });
  });
};

const send = (stage: Stage, step: StepOf<'open' | 'send' | 'configure' | 'read'>): void => {
  const { sender, counts } = stage;
  switch (step.do) {
    case 'open':
    case 'send': {
      if (step.copies > 1) counts.count('message sent twice at once');
      for (let copy = 0; copy < step.copies; copy++) {
        const own = { ...step, engine: step.engine + copy };
        watched(stage, own.do === 'open' ? sender.open(own) : sender.send(own));
      }
      return;
    }
    case 'configure':
      return watched(stage, sender.configure(step));
    case 'read':
      return watched(stage, sender.read(step));
  }
};

const power = (stage: Stage, step: StepOf<'kill' | 'stop' | 'start'>): void => {
  const { counts, scheduler, owner } = stage;
  const engine = stage.engines[step.engine];
  if (engine === undefined) return;
  if (step.do === 'start') return engine.start();
  const startAgain = (): void => {
    scheduler.after(step.downMs, owner, () => engine.start());
  };
  const count = (): void => {
    if (engine.isUp) counts.count(step.do === 'kill' ? 'engine killed' : 'engine stopped');
    if (step.loseViews) counts.count('views.db deleted');
  };
  if (step.do === 'stop') {
    count();
    watched(stage, engine.stop(STOP_PATIENCE_MS, step.loseViews).then(startAgain));
    return;
  }
  const kill = (): void => {
    count();
    engine.kill(step.loseViews);
    startAgain();
  };
  if (step.afterWaits === undefined || !engine.isUp) kill();
  else engine.killLater(step.afterWaits, kill);
};

type Spoiling = StepOf<
  'unavailable' | 'flaky' | 'disk-full' | 'views-full' | 'subscription' | 'stall' | 'clock' | 'check'
>;

const meant = ({ engines }: Stage, target: Target): readonly SimulatedEngine[] =>
  target === 'all' ? engines : engines.slice(target, target + 1);

const spoil = (stage: Stage, step: Spoiling): void => {
  if (step.do === 'check') return;
  const { counts, scheduler, owner } = stage;
  const { nowMs } = scheduler;
  for (const engine of meant(stage, step.engine)) {
    const { faults } = engine;
    switch (step.do) {
      case 'unavailable':
        faults.unavailable = {
          untilMs: nowMs + step.forMs,
          how: step.how,
          waitUntilMs: nowMs + Math.min(CALL_TIMES_OUT_MS_MAX, step.forMs / 2),
        };
        if (step.how !== 'times-out') engine.breakSubscriptions('drop');
        break;
      case 'flaky':
        faults.flakyUntil(nowMs + step.forMs, step.rates);
        break;
      case 'disk-full':
        faults.diskFullUntilMs = nowMs + step.forMs;
        break;
      case 'views-full':
        if (!engine.fillViews(true)) break;
        counts.count('views.db full');
        scheduler.after(step.forMs, owner, () => void engine.fillViews(false));
        break;
      case 'subscription': {
        const kind: FaultKind = step.how === 'drop' ? 'subscription dropped' : 'subscription ended cleanly';
        counts.count(kind, engine.breakSubscriptions(step.how));
        break;
      }
      case 'stall':
        faults.stalledUntilMs = nowMs + step.forMs;
        counts.count('subscription stalled');
        break;
      case 'clock':
        counts.count(step.offsetMs > engine.clock.offsetMs() ? 'clock set forward' : 'clock set back');
        engine.clock.set(step.offsetMs);
    }
  }
};
