import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Views } from '@lapse/projections';

/** By the clock on the wall, and by the processor's time, which others on the machine change less. */
export interface Pace {
  readonly perSecond: number;
  readonly cpuPerSecond: number;
}

/** The answer is told how many events there were. */
export const startPace = (): ((events: number) => Pace) => {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  return (events) => {
    const { user, system } = process.cpuUsage(before);
    return {
      perSecond: (events * 1_000) / (performance.now() - startedMs),
      cpuPerSecond: (events * 1_000_000) / (user + system),
    };
  };
};

export const meanPace = (a: Pace, b: Pace): Pace => ({
  perSecond: (a.perSecond + b.perSecond) / 2,
  cpuPerSecond: (a.cpuPerSecond + b.cpuPerSecond) / 2,
});

export interface RebuildMeasured {
  readonly fold: Pace;
  readonly raw: Pace;
  readonly closedSessions: number;
  readonly rowsByTable: Readonly<Record<string, number>>;
  /** The most that was seen at any write. */
  readonly heapBytesMax: number;
  readonly rssBytesMax: number;
}

export const readModelsOf = (views: Views): Pick<RebuildMeasured, 'closedSessions' | 'rowsByTable'> => {
  const count = (sql: string): number => views.database.prepare(sql).get<[number]>()?.[0] ?? 0;
  const tables = views.generations().map(({ name, generation }) => `${name.replaceAll('-', '_')}_g${generation}`);
  const rows = tables.map((table) => [table, count(`SELECT count(*) FROM ${table}`)] as const);
  const sessions = tables.find((table) => table.startsWith('sessions_'));
  return {
    closedSessions: count(`SELECT count(*) FROM ${sessions} WHERE status = 'closed' AND parked_why IS NULL`),
    rowsByTable: Object.fromEntries(rows),
  };
};

const program = fileURLToPath(new URL('rebuild-process.js', import.meta.url));

/** Rebuilds the log of the folder in a process of its own, without the read models named. */
export const measureRebuild = async (folder: string, without: readonly string[] = []): Promise<RebuildMeasured> => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder, without.join(',')]);
  return JSON.parse(stdout) as RebuildMeasured;
};
