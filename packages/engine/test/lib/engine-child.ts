// engine-child.ts CONFIG: an engine in a process of its own, on the real clock. Says its gateway's port (or 0) when it runs; ends with its
// standard input and says then how many sessions it has closed.
import { engineConfig, openEngine } from '@lapse/engine';

const { sweeps, ...config } = JSON.parse(process.argv[2] ?? '{}') as { sweeps: boolean };
const engine = await openEngine({
  config: engineConfig.parse(config),
  nowMs: Date.now,
  random: Math.random,
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  sweeps,
});
process.stdout.write(`${engine.gateway?.address.port ?? 0}\n`);
process.stdin.on('end', () => {
  void engine.close().then(() => process.stdout.write(`${engine.timeouts.metrics.closedCount}\n`));
});
process.stdin.resume();
