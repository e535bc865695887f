export type ViewsErrorCode =
  /** Written by a newer Lapse: use that one, or delete the file to have it built again. */
  | 'views-format-newer'
  | 'views-corrupt'
  | 'views-not-a-database'
  | 'views-read-only'
  /** Another process holds the file for too long. */
  | 'views-busy'
  | 'views-unavailable'
  | 'views-closed'
  | 'disk-full'
  /** Somebody else moved the checkpoint: two engines share one file. Nothing was written. */
  | 'checkpoint-moved'
  | 'no-such-projection'
  /** Another rebuild of the same file is under way. */
  | 'rebuild-busy'
  /** A rebuild met a stream that cannot be folded, and was not told to park it. */
  | 'stream-parked'
  /** There is nothing live beside which one read model alone could be built. */
  | 'no-read-models'
  /** Built, but the engine that keeps the file did not take the rows over in time. */
  | 'not-taken-over'
  | 'beyond-head'
  | 'before-first-event'
  | 'read-too-late';

/** What goes wrong with the read models. Look at `code`, never at the class: tests load modules in several realms. */
export class ViewsError extends Error {
  override readonly name = 'ViewsError';
  constructor(
    readonly code: ViewsErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const isViewsError = (error: unknown): error is ViewsError =>
  error instanceof Error && error.name === 'ViewsError' && typeof (error as ViewsError).code === 'string';
