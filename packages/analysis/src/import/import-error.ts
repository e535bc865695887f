export type ImportErrorCode =
  | 'no-such-file'
  | 'bad-file'
  | 'bad-line'
  | 'too-many-events'
  | 'session-differs'
  | 'open-sessions-present'
  | 'refused';

/** Why an import stopped. What was written before stays, and importing again adds nothing twice. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  constructor(
    readonly code: ImportErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
