import { join } from 'node:path';
import { openViews } from '../../src/index.js';
import * as w from './world.js';

export const newFile = (): string => join(w.tempFolder(), 'views.db');

/** A log of a few hundred events without anything that parks. */
export const plainLog = async (sessions = 60): Promise<w.World['store']> => {
  const store = w.memoryStore({ nowMs: w.T0 });
  for (let i = 1; i <= sessions; i++) {
    const atMs = w.T0 + i * 60_000;
    const merchant = `m${i % 3}`;
    await w.append(store, w.names.session(w.sessionId(i)), w.opened(atMs, merchant), w.pin(atMs, 20, merchant));
    await w.append(store, w.names.session(w.sessionId(i)), w.buyer(atMs + 1), w.agent(atMs + 2));
    if (i % 2 === 0) await w.append(store, w.names.session(w.sessionId(i)), w.closedBy(atMs + 3));
  }
  return store;
};

export const keptFile = async (store: w.World['store']): Promise<string> => {
  const file = newFile();
  const world = await w.openWorld({ file, store });
  await w.caughtUp(world);
  await w.closeWorld(world);
  return file;
};

/** Puts a wrong number into a row, as a fault of an older version might have. */
export const spoil = (file: string, sql: string): void => {
  const views = openViews({ file });
  views.transaction(() => views.database.exec(sql));
  views.close();
};

export const look = <T>(file: string, read: (views: ReturnType<typeof openViews>) => T): T => {
  const views = openViews({ file, readOnly: true });
  const found = read(views);
  views.close();
  return found;
};
