import { describeEventStoreContract } from '@lapse/store/contract';
import { TempStores } from './lib/temp-store.js';

describeEventStoreContract('the SQLite store', {
  open: async ({ extractFacts }) => {
    const stores = new TempStores();
    let nowMs = 1_700_000_000_000;
    const open = (): ReturnType<TempStores['write']> =>
      stores.write({ extractFacts, appendBytesMax: 100_000, nowMs: () => (nowMs += 1) });
    const store = await open();
    let last = store;
    return {
      store,
      reopen: async () => {
        await last.close();
        last = await open();
        return last;
      },
      dispose: () => stores.dispose(),
    };
  },
  interleavings: 300,
  appendBytesMax: 100_000,
  seed: 20,
  capabilities: { reopens: true, tellsRepeats: true, keepsJsonBytes: true, keepsSystemNames: true },
});
