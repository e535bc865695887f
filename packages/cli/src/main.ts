#!/usr/bin/env node
import { EXIT_CANCELLED } from './cli-error.js';
import { run } from './run.js';

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    signals++;
    // The second one is meant.
    if (signals > 1) process.exit(EXIT_CANCELLED);
    stop.abort();
  });
}
// A reader that has seen enough (`lapse tail | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(
  {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    env: process.env,
    nowMs: Date.now,
    random: Math.random,
    signal: stop.signal,
  },
  process.argv.slice(2),
);
