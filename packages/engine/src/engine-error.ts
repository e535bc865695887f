export type EngineErrorCode = 'data-dir-unusable' | 'gateway-needs-embedded-store';

/** Why an engine could not be put together. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly code: EngineErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
