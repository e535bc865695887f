export const EXIT_DONE = 0;
const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_CANCELLED = 130;

/** What ends a verb: a stable code, one sentence with a way out, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    readonly code: string,
    message: string,
    readonly exitCode: number = EXIT_FAILED,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const usageError = (message: string): CliError => new CliError('usage', message, EXIT_USAGE);
export const cancelled = (): CliError => new CliError('cancelled', 'stopped where it was safe', EXIT_CANCELLED);

/** Every error of the packages below carries a `code`; anything else is our own fault and is shown whole. */
export const describeError = (error: unknown): { code: string; message: string; exitCode: number } => {
  if (error instanceof CliError) return error;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return { code: error.code, message: error.message, exitCode: EXIT_FAILED };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal-error', message, exitCode: EXIT_FAILED };
};
