import { createMemoryStore } from '@lapse/store';
import { describeEventStoreContract } from '@lapse/store/contract';

const APPEND_BYTES_MAX = 100_000;

let logs = 0;

describeEventStoreContract('the memory store', {
  open: async ({ extractFacts, random }) => {
    logs += 1;
    let clockMs = 1_700_000_000_000;
    const store = createMemoryStore({
      extractFacts,
      nowMs: () => (clockMs += 1),
      appendBytesMax: APPEND_BYTES_MAX,
      identity: `memory-${logs}`,
      yieldNow: async () => {
        for (let turns = Math.floor(random() * 3); turns > 0; turns -= 1) await Promise.resolve();
      },
    });
    return { store, dispose: () => store.close() };
  },
  interleavings: 10_000,
  appendBytesMax: APPEND_BYTES_MAX,
  seed: Number(process.env['LAPSE_SEED'] ?? 20),
  capabilities: {
    // Its log is gone with its process.
    reopens: false,
    tellsRepeats: true,
    keepsJsonBytes: true,
    keepsSystemNames: true,
  },
});
