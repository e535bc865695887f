import type { ProblemCode, ProblemExtras } from '@lapse/api';

/** Thrown by whatever stands between a socket and a handler; answered as problem+json with this code. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly extras: ProblemExtras = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** By name, not by class: tests load modules in several realms. */
export const isProblemError = (error: unknown): error is ProblemError =>
  error instanceof Error && error.name === 'ProblemError';
