// node simulate-worlds.mjs BUNDLE SEED RUNS MINUTES SHRINK: plays worlds; prints what was seen, and what failed. Exit 1: a promise was broken
import { pathToFileURL } from 'node:url';

const [file, seed, runs, minutes, shrinkTriesMax] = process.argv.slice(2);
const { simulate } = await import(pathToFileURL(file).href);

const startedAtMs = Date.now();
const seconds = () => (Date.now() - startedAtMs) / 1000;
let toldAtMs = startedAtMs;
let seedNow = Number(seed);

process.on('unhandledRejection', (error) => {
  console.error(`seed ${seedNow}: a rejection that nobody handles`);
  console.error(error);
  process.exit(1);
});

const { totals, failed } = await simulate({
  seed: Number(seed),
  runsMax: Number(runs),
  shrinkTriesMax: Number(shrinkTriesMax),
  hasTime: () => seconds() < Number(minutes) * 60,
  onProgress: (so) => {
    seedNow = Number(seed) + so.runs;
    if (Date.now() - toldAtMs < 10_000) return;
    toldAtMs = Date.now();
    process.stderr.write(`${so.runs} runs, ${Math.round(so.simulatedMs / 3_600_000)} simulated hours\n`);
  },
});

const hours = Math.round(totals.simulatedMs / 3_600_000);
console.log(`runs ${totals.runs} (seeds ${seed} to ${Number(seed) + totals.runs - 1}), ${seconds().toFixed(1)} s`);
console.log(`simulated hours ${hours}, events ${totals.events}, scheduler steps ${totals.steps}`);
console.log(`commands acknowledged ${totals.acknowledged}, refused:`);
for (const [code, times] of [...totals.refused].sort()) console.log(`  ${code} ${times}`);
console.log(`faults ${totals.faults.total}, by kind:`);
for (const [kind, times] of totals.faults.entries()) console.log(`  ${kind} ${times}`);
if (failed !== undefined) {
  console.log(`\nA promise was broken. Again: npm run simulate -- --seed ${failed.seed} --runs 1`);
  for (const line of failed.lines) console.log(line);
  process.exitCode = 1;
}
