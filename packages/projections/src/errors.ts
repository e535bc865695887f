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
