/** About a millisecond of regular expressions. */
const STEPS_BETWEEN_PAUSES = 100_000;

/** Lets everybody else have a turn once a scan has matched for so long. */
export class Pauses {
  private steps = 0;

  isDue(steps: number): boolean {
    this.steps += steps;
    return this.steps >= STEPS_BETWEEN_PAUSES;
  }

  take(): Promise<void> {
    this.steps = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }
}
