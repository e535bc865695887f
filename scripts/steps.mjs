// Runs commands as named steps: captured or shown, with seconds and an upper bound of time.
import { spawn } from 'node:child_process';
import { root } from './ensure.mjs';

const STEP_MAX_MS = 9 * 60_000;

/**
 * Never rejects: a command that cannot be started, fails or takes too long is a step with `ok: false`.
 * `show` lets its output through at once; otherwise it is kept in `output`.
 */
export const runStep = ({ name, command = process.execPath, args, env, show = false, timeoutMs = STEP_MAX_MS }) =>
  new Promise((resolve) => {
    const startedAtMs = performance.now();
    let output = '';
    const child = spawn(command, args, {
      cwd: root,
      ...(env && { env: { ...process.env, ...env } }),
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    const stop = setTimeout(() => {
      output += `\nstopped after ${timeoutMs / 1000} s\n`;
      child.kill('SIGKILL');
    }, timeoutMs);
    const done = (ok) => {
      clearTimeout(stop);
      resolve({ name, ok, output, seconds: (performance.now() - startedAtMs) / 1000 });
    };
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => {
      output += error.message;
      done(false);
    });
    child.on('close', (code) => done(code === 0));
  });

/** In the order given, `atOnce` at a time; `onEnd` hears of each as it ends. */
export const runSteps = async (steps, atOnce, onEnd) => {
  const waiting = [...steps];
  const results = [];
  const worker = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const result = await runStep(step);
      onEnd(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
};

export const stepLine = ({ name, ok, seconds }) =>
  `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(28)} ${seconds.toFixed(1).padStart(6)} s`;
