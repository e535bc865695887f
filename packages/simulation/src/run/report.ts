import type { RecordedEvent } from '@lapse/store';
import type { Failure } from '../world/failure.js';
import type { Plan } from '../world/plan.js';
import { runWorld } from './run-world.js';
import { stepLine } from './shrink.js';

const FAILURES_SHOWN = 5;
const LINES_SHOWN = 40;
const utf8 = new TextDecoder();

const eventLine = ({ position, revision, id, type, storedAtMs, data, metadata }: RecordedEvent): string =>
  `  ${position} @${revision} ${type} ${id} stored ${new Date(storedAtMs).toISOString()} ${utf8.decode(data)} ${utf8.decode(metadata)}`;

/** What somebody needs to find the fault: the promise, the smallest script, the stream, and what the engines said. */
export const failureLines = async (smallest: Plan, failures: readonly Failure[]): Promise<readonly string[]> => {
  const { seed, startMs, settings, engines, steps } = smallest;
  const again = await runWorld(smallest).catch(() => undefined);
  const shown = again !== undefined && again.failures.length > 0 ? again.failures : failures;
  const stream = shown[0]?.stream ?? '';
  return [
    `seed ${seed}`,
    ...shown.slice(0, FAILURES_SHOWN).map(({ promise, stream, what }) => `broken: ${promise} ${stream} ${what}`),
    `settings ${JSON.stringify(settings)}`,
    ...engines.map((engine, number) => `engine ${number} ${JSON.stringify(engine)}`),
    `steps left of its script: ${steps.length}`,
    ...steps.map((step) => `  ${stepLine(step, startMs)}`),
    `the stream ${stream}`,
    ...(again?.log ?? []).filter((event) => event.stream === stream).map(eventLine),
    'what the engines said last',
    ...(again?.lines ?? []).slice(-LINES_SHOWN).map((line) => `  ${line}`),
  ];
};
