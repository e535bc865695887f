import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fleet, type ChatServices, type Tools } from '@lapse/simulation';
import { mulberry32 } from '@lapse/simulation/oracle';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const MAIN = join(ROOT, 'packages/cli/dist/main.js');

/** Builds the command line once where nobody has; `npm test` has done it before any test runs. */
export const ensureBuilt = (): void => {
  if (existsSync(MAIN)) return;
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const built = spawnSync(process.execPath, [tsc, '--build', 'packages/cli'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`);
};

/** For long runs: as many as wanted, and another seed. */
export const KILLS = process.env['LAPSE_KILLS'] === undefined ? undefined : Number(process.env['LAPSE_KILLS']);
export const SEED = Number(process.env['LAPSE_SEED'] ?? Date.now() % 1_000_000);

/** Engines that close at once, so that much happens in a short time. */
export const SETTINGS = { closeGraceMs: 0, clockSkewMs: 5_000, newMerchants: 'standard' } as const;
export const FLAGS = ['--close-grace-ms', '0', '--sweep-interval-ms', '50'];

/** The real world, but for what is drawn. */
export const realTools = (seed: number): Tools => ({
  nowMs: Date.now,
  random: mulberry32(seed),
  setTimer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
});

const folders: string[] = [];
export const tempFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-processes-'));
  folders.push(folder);
  return folder;
};

const fleets: Fleet[] = [];
export const newFleet = (tools: Tools): Fleet => {
  const fleet = new Fleet(MAIN, process.env, tools);
  fleets.push(fleet);
  return fleet;
};

const loads: (() => Promise<void>)[] = [];
/** Load until the answer is called, or the test has failed. */
export const underLoad = (
  services: ChatServices,
  senders: number,
  servers: () => readonly string[],
): (() => Promise<void>) => {
  const stop = services.start(senders, servers);
  loads.push(stop);
  return stop;
};

export const cleanUp = async (): Promise<void> => {
  await Promise.all([...loads.splice(0).map((stop) => stop()), ...fleets.map((fleet) => fleet.end())]);
  for (const fleet of fleets.splice(0)) await fleet.end();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};

/** A line for whoever runs it by hand, and for the page of figures. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

export const percentile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
