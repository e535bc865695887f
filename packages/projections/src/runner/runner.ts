import { follow, isTransient, type AllPage, type EventStore, type FollowTrouble } from '@lapse/store';
import { isViewsError, ViewsError, type ViewsErrorCode } from '../errors.js';
import type { ProjectionLimits } from '../limits.js';
import { PAYLOAD_KINDS } from '../pipeline/payload-kinds.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Log, SetTimer } from '../timer.js';
import type { Place } from '../views/views.js';
import { HeadWatch } from './head-watch.js';
import type { ProjectionState } from './status.js';
import { Waiters } from './waiters.js';

export interface RunnerOptions {
  readonly store: EventStore;
  /** The one to begin with. */
  readonly pipeline: Pipeline;
  readonly streamPrefixes: readonly string[];
  readonly limits: ProjectionLimits;
  readonly nowMs: () => number;
  readonly setTimer: SetTimer;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly onCaughtUp: () => void;
  /** It was caught up and no longer is: the subscription broke off, or the runner stopped. */
  readonly onBehind: () => void;
  /** Whenever the log has been asked how far it has grown. */
  readonly onHeadSeen: () => void;
}

const RETRYABLE: ReadonlySet<ViewsErrorCode> = new Set<ViewsErrorCode>([
  'disk-full',
  'views-busy',
  'views-unavailable',
]);

/** Takes the pipeline along the log, for as long as it runs. */
export class Runner {
  readonly head: HeadWatch;
  lastError: string | undefined;
  private readonly stopping = new AbortController();
  private readonly waiters: Waiters;
  private running: Promise<void> | undefined;
  private isCaughtUp = false;
  private isParked = false;
  private lastPage: AllPage | undefined;
  private cancelFlush: (() => void) | undefined;
  private failures = 0;
  private pipeline: Pipeline;
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: RunnerOptions) {
    this.pipeline = options.pipeline;
    this.waiters = new Waiters(options.setTimer, options.limits.waitersMax);
    this.head = new HeadWatch(
      options,
      () => this.pipeline.position,
      this.stopping.signal,
      (error) => this.note(error),
      options.onHeadSeen,
    );
  }

  start(): void {
    this.running ??= this.run();
    this.watch();
  }

  /** Looks how far the log has grown without folding any of it. */
  watch(): void {
    this.head.start();
  }

  /** Goes on with other rows that stand at the same place, or, before the start, at any. Between two pages. */
  use(pipeline: Pipeline): void {
    this.pipeline = pipeline;
    this.waiters.wake((position) => this.isReached(position));
  }

  /** Runs `work` while no page is being folded; the next page waits for it. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work);
    this.turn = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** Ends behind the page under way and writes what is folded. May be called twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.cancelFlush?.();
    this.waiters.stop(new ViewsError('views-closed', 'the read models are closed'));
    await this.turn;
    if (!this.isParked) this.pipeline.flush();
  }

  get state(): ProjectionState {
    if (this.isParked) return 'parked';
    if (this.head.isStalled) return 'stalled';
    return this.isCaughtUp ? 'live' : 'catching-up';
  }

  lagSeconds(): number | undefined {
    const { lastPage } = this;
    if (!this.head.isBehind) return 0;
    if (lastPage === undefined || lastPage.size === 0) return undefined;
    return Math.max(0, this.options.nowMs() - lastPage.storedAtMs(lastPage.size - 1)) / 1000;
  }

  waitFor(position: Place, timeoutMs: number): Promise<void> {
    if (this.isReached(position)) return Promise.resolve();
    if (this.stopping.signal.aborted)
      return Promise.reject(new ViewsError('views-closed', 'the read models are closed'));
    return this.waiters.wait(position, timeoutMs);
  }

  private isReached(position: Place): boolean {
    return this.options.store.comparePositions(position, this.pipeline.position) <= 0;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        this.pipeline.flush();
        await this.followOnce(signal);
      } catch (error) {
        this.behind();
        this.note(error);
        if (!isRetryable(error)) {
          this.park(error);
          return;
        }
        await this.sleep(this.retryDelayMs());
      }
    }
    this.behind();
  }

  private followOnce(signal: AbortSignal): Promise<void> {
    const { store, streamPrefixes, limits, random } = this.options;
    return follow(store, {
      after: this.pipeline.position,
      streamPrefixes,
      pageSizeMax: limits.pageSizeMax,
      payloadOfKinds: PAYLOAD_KINDS,
      onPage: (page) => this.between(() => this.onPage(page)),
      onCaughtUp: (at) => this.onCaughtUp(at),
      onTrouble: (trouble) => this.onTrouble(trouble),
      backoff: { firstMs: limits.retryDelayMsFirst, maxMs: limits.retryDelayMsMax },
      random,
      sleep: (ms, stop) => this.sleep(ms, stop),
      signal,
    });
  }

  private async onPage(page: AllPage): Promise<void> {
    const { limits } = this.options;
    const { pipeline } = this;
    await pipeline.applyPage(page);
    this.lastPage = page;
    this.failures = 0;
    this.head.moved();
    if (pipeline.dirtyRows >= limits.dirtyRowsMax) pipeline.flush();
    else this.flushSoon();
    this.waiters.wake((position) => this.isReached(position));
  }

  private onCaughtUp(at: Place): void {
    const { store } = this.options;
    const { pipeline } = this;
    if (store.comparePositions(at, pipeline.position) > 0) pipeline.position = at;
    this.head.caughtUp();
    this.waiters.wake((position) => this.isReached(position));
    if (this.isCaughtUp) return;
    this.isCaughtUp = true;
    this.lastError = undefined;
    this.options.onCaughtUp();
  }

  private onTrouble({ error, kind }: FollowTrouble): void {
    this.behind();
    this.note(error ?? new Error(`the subscription ${kind === 'silent' ? 'fell silent' : 'ended'}`));
  }

  private behind(): void {
    if (!this.isCaughtUp) return;
    this.isCaughtUp = false;
    this.options.onBehind();
  }

  private flushSoon(): void {
    this.cancelFlush ??= this.options.setTimer(this.options.limits.flushDelayMs, () => {
      this.cancelFlush = undefined;
      if (this.isParked) return;
      try {
        this.pipeline.flush();
      } catch (error) {
        this.note(error);
        if (isRetryable(error)) this.flushSoon();
        else this.park(error);
        return;
      }
      if (!this.pipeline.isWritten) this.flushSoon();
    });
  }

  private park(error: unknown): void {
    this.isParked = true;
    this.stopping.abort();
    this.behind();
    const why = error instanceof Error ? error.message : String(error);
    this.options.log({ level: 'error', what: 'projections-parked', message: `the read models have stopped: ${why}` });
    this.waiters.stop(new ViewsError('views-closed', `the read models have stopped: ${why}`));
  }

  private note(error: unknown): void {
    this.lastError = error instanceof Error ? error.message : String(error);
    this.options.log({ level: 'warn', what: 'projections-trouble', message: this.lastError });
  }

  private retryDelayMs(): number {
    const { retryDelayMsFirst, retryDelayMsMax } = this.options.limits;
    this.failures = Math.min(this.failures + 1, DOUBLINGS_MAX);
    return this.options.random() * Math.min(retryDelayMsMax, retryDelayMsFirst * 2 ** this.failures);
  }

  private sleep(ms: number, signal: AbortSignal = this.stopping.signal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const wake = (): void => {
        cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.options.setTimer(ms, wake);
      signal.addEventListener('abort', wake);
    });
  }
}

const DOUBLINGS_MAX = 20;

/** Worth another try: time alone may help. */
const isRetryable = (error: unknown): boolean =>
  isTransient(error) || (isViewsError(error) && RETRYABLE.has(error.code));
