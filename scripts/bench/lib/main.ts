// Lists the benches beside the compiled files, or runs one: main.js [NAME [--quick] [--json]]
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ratioOf, table } from './table.js';
import type { Bench, BenchContext, Figure } from './types.js';

const folder = new URL('..', import.meta.url);

const load = async (name: string): Promise<Bench> => {
  const { bench } = (await import(new URL(`${name}.js`, folder).href)) as { bench?: Bench };
  if (bench?.name !== name) throw new Error(`scripts/bench/${name}.ts must export a bench named '${name}'`);
  return bench;
};

const jsonLine = (bench: Bench, figure: Figure): string =>
  JSON.stringify({ bench: bench.name, ...figure, ratio: ratioOf(figure) });

const run = async (bench: Bench, { quick, json }: { quick: boolean; json: boolean }): Promise<void> => {
  const figures: Figure[] = [];
  const folders: string[] = [];
  const removeFolders = (): void => folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true }));
  const context: BenchContext = {
    quick,
    figure: (figure) => {
      figures.push(figure);
      if (json) console.log(jsonLine(bench, figure));
    },
    log: (line) => process.stderr.write(`${line}\n`),
    tempDir: () => {
      const path = mkdtempSync(join(tmpdir(), `lapse-bench-${bench.name}-`));
      folders.push(path);
      return path;
    },
  };
  process.on('exit', removeFolders);
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  try {
    await bench.run(context);
  } finally {
    if (!json && figures.length > 0) console.log(table(figures));
    removeFolders();
  }
};

const readArguments = () => {
  const options = { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${String(error)}\nusage: npm run bench -- [NAME] [--quick] [--json]\n`);
    process.exit(2);
  }
};

const { values, positionals } = readArguments();
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.js') ? [file.slice(0, -'.js'.length)] : []));
const [wanted] = positionals;
if (wanted === undefined) {
  const benches = await Promise.all(names.sort().map(load));
  const width = Math.max(0, ...names.map((name) => name.length));
  for (const { name, about } of benches) console.log(`${name.padEnd(width)}  ${about}`);
} else if (names.includes(wanted)) {
  await run(await load(wanted), values);
} else {
  process.stderr.write(`no bench '${wanted}'; there are: ${names.join(', ')}\n`);
  process.exitCode = 2;
}
