export type CopyErrorCode = 'copy-differs' | 'copy-source-incomplete';

/** Why a copy stopped, naming stream and revision. What was written before stays, and copying again goes on from there. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
  constructor(
    readonly code: CopyErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
