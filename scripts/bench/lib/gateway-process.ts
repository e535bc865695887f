// gateway-process.js FOLDER: an embedded log in a process of its own, served over EventStoreDB's protocol. Says its port, and ends with its
// standard input.
import { engineConfig, openEngine } from '@lapse/engine';

const engine = await openEngine({
  config: engineConfig.parse({ dataDir: process.argv[2], eventstoredbPort: 0 }),
  nowMs: Date.now,
  random: Math.random,
  setTimer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  sweeps: false,
});
process.stdout.write(`${engine.gateway?.address.port}\n`);
process.stdin.on('end', () => void engine.close());
process.stdin.resume();
