/** What real processes are driven with. Handed in, like everywhere: these sources read no clock themselves. */
export interface Tools {
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Runs once after so long; the answer takes it back. */
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
}

export const sleep = ({ setTimer }: Pick<Tools, 'setTimer'>, ms: number): Promise<void> =>
  new Promise((resolve) => void setTimer(ms, resolve));

const LOOK_MS = 10;

/** Waits for what another process brings about. Rejects after `withinMs` with what was waited for. */
export const until = async (
  tools: Pick<Tools, 'nowMs' | 'setTimer'>,
  what: string,
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> => {
  const latestMs = tools.nowMs() + withinMs;
  while (!(await holds())) {
    if (tools.nowMs() > latestMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(tools, LOOK_MS);
  }
};
