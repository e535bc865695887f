import { CommanderError } from 'commander';
import { describeError, EXIT_CANCELLED, EXIT_DONE, EXIT_USAGE } from './cli-error.js';
import type { Io } from './io.js';
import { createProgram } from './program.js';

/** Runs one call of `lapse` and gives its exit code: 0 done, 1 failed, 2 usage, 130 cancelled. Never throws. */
export const run = async (io: Io, args: readonly string[]): Promise<number> => {
  const program = createProgram(io);
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return EXIT_USAGE;
    }
    await program.parseAsync([...args], { from: 'user' });
    return EXIT_DONE;
  } catch (error) {
    // Commander has said what is wrong already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE;
    const { code, message, exitCode } = describeError(error);
    if (exitCode === EXIT_CANCELLED) io.err(`${message}\n`);
    else
      io.err(
        args.includes('--json') ? `${JSON.stringify({ error: { code, message } })}\n` : `lapse: ${code}: ${message}\n`,
      );
    return exitCode;
  }
};
