export type StoreErrorCode =
  | 'bad-stream-name'
  | 'bad-event-id'
  | 'bad-event-type'
  | 'bad-content'
  | 'bad-revision'
  | 'bad-position'
  | 'bad-page-size'
  | 'append-too-large'
  | 'stream-deleted'
  | 'store-closed'
  | 'store-busy'
  | 'store-locked'
  | 'store-read-only'
  | 'store-corrupt'
  | 'store-format-newer'
  | 'store-not-a-database'
  | 'store-unavailable'
  | 'access-denied'
  | 'disk-full'
  /** It is not known whether the events were written. Asking again with the same ids at the same revision is safe. */
  | 'append-ambiguous';

/** What a store cannot answer with a value. Look at `code`, never at the class: tests load modules in several realms. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const isStoreError = (error: unknown): error is StoreError =>
  error instanceof Error && error.name === 'StoreError' && typeof (error as StoreError).code === 'string';
