import type { Io } from './io.js';

/** On a terminal the line is overwritten once a second; elsewhere a line is added every ten. */
const TERMINAL_INTERVAL_MS = 1_000;
const LOG_INTERVAL_MS = 10_000;

export interface ProgressState {
  readonly done: number;
  readonly total: number;
  /** What is counted in `count`, for example `events`. */
  readonly count: number;
  readonly unit: string;
}

/** Shows how far long work has come, with rate and the time that is left: on stderr, never among the results. */
export class Progress {
  private readonly startedAtMs: number;
  private shownAtMs: number;
  private isLineOpen = false;

  constructor(
    private readonly io: Io,
    private readonly title: string,
  ) {
    this.startedAtMs = io.nowMs();
    this.shownAtMs = this.startedAtMs;
  }

  report(state: ProgressState): void {
    this.reportText(() => progressLine(this.title, state, this.shownAtMs - this.startedAtMs));
  }

  /** For work that has more to tell; `text` is asked only when it is time for another line. */
  reportText(text: () => string): void {
    const nowMs = this.io.nowMs();
    const interval = this.io.isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS;
    if (nowMs - this.shownAtMs < interval) return;
    this.shownAtMs = nowMs;
    this.show(text());
  }

  finish(text: string): void {
    this.show(text);
    if (this.isLineOpen) this.io.err('\n');
    this.isLineOpen = false;
  }

  private show(text: string): void {
    this.io.err(this.io.isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
    this.isLineOpen = this.io.isTerminal;
  }
}

/** `import twcs  3 102 / 6 066 events  51%  12 400 events/s  eta 1 s` */
const progressLine = (title: string, state: ProgressState, elapsedMs: number): string => {
  const share = state.total === 0 ? 1 : state.done / state.total;
  const perSecond = elapsedMs === 0 ? 0 : (state.count * 1000) / elapsedMs;
  const leftS = share === 0 ? undefined : (elapsedMs * (1 / share - 1)) / 1000;
  const eta = leftS === undefined ? '' : `  eta ${Math.ceil(leftS)} s`;
  const { count, unit } = state;
  return `${title}  ${grouped(count)} ${unit}  ${Math.floor(share * 100)}%  ${grouped(Math.round(perSecond))} ${unit}/s${eta}`;
};

/** `12 400`: easier to read than 12400, in every country. */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
