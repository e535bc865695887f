import { join } from 'node:path';
import { extractFacts } from '@lapse/domain';
import { builtInProjectors, openViews, verifyRows, type RowDifference, type Verified } from '@lapse/projections';
import { openSqliteStore } from '@lapse/store-sqlite';
import * as w from './world.js';

/** Every live row of the folder against a fold of its log from zero up to where the rows stand. */
export const differences = async (
  dataDir: string,
): Promise<{ readonly verified: Verified | undefined; readonly found: readonly RowDifference[] }> => {
  const file = join(dataDir, 'events.db');
  const store = await openSqliteStore({ readOnly: true, file, extractFacts, setTimer: w.realTimer });
  // Opened as the next engine opens it: a reader alone could not mend what a killed writer left in the log beside the file.
  openViews({ file: join(dataDir, 'views.db') }).close();
  const live = openViews({ file: join(dataDir, 'views.db'), readOnly: true });
  const scratch = openViews({ file: ':memory:' });
  const found: RowDifference[] = [];
  try {
    const verified = await verifyRows({
      live,
      scratch,
      store,
      names: w.names,
      projectors: builtInProjectors,
      nowMs: Date.now,
      signal: new AbortController().signal,
      onDifference: (difference) => found.push(difference),
    });
    return { verified, found };
  } finally {
    live.close();
    scratch.close();
    await store.close();
  }
};
