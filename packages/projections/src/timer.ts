/** Runs `run` once after `delayMs`; the answer cancels it. Handed in: nothing here sets a timer by itself. */
export type SetTimer = (delayMs: number, run: () => void) => () => void;

/** What somebody who runs Lapse should know. Handed to a callback; `what` is in kebab case and stable. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly what: string;
  readonly message: string;
}

export type Log = (line: LogLine) => void;
