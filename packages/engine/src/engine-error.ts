export type EngineErrorCode =
  | 'data-dir-unusable'
  | 'gateway-needs-embedded-store'
  | 'gateway-open-to-anyone'
  | 'gateway-tls-incomplete'
  | 'gateway-tls-mismatch'
  | 'gateway-tls-unusable'
  | 'gateway-users-need-tls'
  | 'gateway-users-unusable';

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
