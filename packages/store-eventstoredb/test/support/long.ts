import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** `npm run test:long`: the same tests with large counts, run by hand. */
export const IS_LONG = process.env['LAPSE_TEST_LONG'] === '1';

/** Figures for whoever runs the long tests by hand. */
export const tell = (figures: Record<string, unknown>): void => {
  if (IS_LONG) process.stderr.write(`${JSON.stringify(figures)}\n`);
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are in use, without what the next collection would take away. */
export const usedBytes = (): number => {
  collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};
