import type { Step } from './plan.js';
import type { Running } from './simulated-engine.js';
import { names } from './simulated-engine.js';
import type { Stage } from './stage.js';

const BY = { role: 'platform', id: 'operator' } as const;

/** What an operator does at some engine. What a store in trouble refuses is left, as people leave it. */
export const operate = async (stage: Stage, step: Extract<Step, { do: 'operate' }>): Promise<void> => {
  const { engines, counts, plan, scheduler, owner } = stage;
  const { what } = step;
  const running = (): Running | undefined => engines[step.engine % engines.length]?.running;
  if (what === 'rebuild-all' || what === 'rebuild-one') {
    if (running() === undefined) return;
    counts.count('read models rebuilt beside the live ones');
    await running()?.projections.rebuild(what === 'rebuild-all' ? undefined : ['merchants']);
    return;
  }
  while (scheduler.nowMs < plan.endsAtMs) {
    if (await looked(running(), what)) {
      counts.count('parked stream retried or skipped');
      return;
    }
    await scheduler.sleep(LOOK_INTERVAL_MS, owner);
  }
};

/** How often somebody looks whether there is anything to decide about. */
const LOOK_INTERVAL_MS = 10 * 60_000;

const looked = async (running: Running | undefined, what: 'retry' | 'skip'): Promise<boolean> => {
  try {
    return running !== undefined && (await decide(running, what));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'StoreError') throw error;
    return false;
  }
};

/** About the first session that is parked at an event behind its opening: a stream without one is never mended by a skip. */
const decide = async ({ projections, commands }: Running, what: 'retry' | 'skip'): Promise<boolean> => {
  const found = projections
    .parked()
    .find(({ name, stream, revision }) => name === 'sessions' && revision > 0 && names.read(stream).kind === 'session');
  if (found === undefined) return false;
  const { stream, revision } = found;
  const answer =
    what === 'retry'
      ? await commands.retryParked({ stream, by: BY })
      : await commands.skipParked({ stream, revision, why: 'sent by mistake', by: BY });
  return answer.kind !== 'refused';
};
