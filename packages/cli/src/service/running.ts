import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where a running server says how to reach it, so that other verbs find it. */
const FILE_NAME = 'server.json';
/** A server on this machine answers at once; a file left behind by a crash answers never. */
const PROBE_MS = 2_000;

const running = z.object({ url: z.url({ protocol: /^http$/ }), pid: z.int().min(1) });
export type Running = z.infer<typeof running>;

/** Written whole or not at all. */
export const announceServer = (dataDir: string, server: Running): void => {
  const file = join(dataDir, FILE_NAME);
  writeFileSync(`${file}.new`, `${JSON.stringify(server)}\n`);
  renameSync(`${file}.new`, file);
};

/** Removes the announcement if it is still ours. */
export const withdrawServer = (dataDir: string, pid: number): void => {
  if (readAnnouncement(dataDir)?.pid === pid) rmSync(join(dataDir, FILE_NAME), { force: true });
};

const readAnnouncement = (dataDir: string): Running | undefined => {
  try {
    return running.parse(JSON.parse(readFileSync(join(dataDir, FILE_NAME), 'utf8')));
  } catch {
    // Missing, half a file of another program, or nonsense: there is no server that we could ask.
    return undefined;
  }
};

/**
 * The server that keeps this data folder, if it lives and answers. An announcement outlives a server that was killed, and
 * its port may meanwhile be that of a server with another folder.
 */
export const findRunning = async (dataDir: string): Promise<Running | undefined> => {
  const announced = readAnnouncement(dataDir);
  if (announced === undefined || !isAlive(announced.pid)) return undefined;
  try {
    const answer = await fetch(`${announced.url}/livez`, { signal: AbortSignal.timeout(PROBE_MS) });
    return answer.ok ? announced : undefined;
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
