// node --expose-gc BUNDLE EDGE SEED INPUTS MINUTES: see scripts/fuzz.mjs
import { openHttpEdge } from '../../packages/server/test/fuzz/http-edge.js';
import { openFilesEdge } from '../../packages/cli/test/fuzz/files-edge.js';
import { openGatewayOnDisk } from './gateway.js';
import { fuzzEdge, type Edge, type Result } from './fuzz-edge.js';

/** Edges with their share of the inputs. */
const edges: readonly { readonly name: string; readonly share: number; readonly open: () => Promise<Edge> }[] = [
  { name: 'http', share: 0.5, open: openHttpEdge },
  { name: 'gateway', share: 0.4, open: openGatewayOnDisk },
  { name: 'files', share: 0.1, open: openFilesEdge },
];

const [wanted = 'all', seedText = '', inputsText = '', minutesText = ''] = process.argv.slice(2);
const seed = Number(seedText);
const chosen = edges.filter(({ name }) => wanted === 'all' || wanted === name);
const shares = chosen.reduce((sum, { share }) => sum + share, 0);
const untilMs = Date.now() + Number(minutesText) * 60_000;
let isStopped = false;
process.once('SIGINT', () => (isStopped = true));
process.once('SIGTERM', () => (isStopped = true));

const report = ({ name, inputs, seconds, counts, memory, failure }: Result): void => {
  console.log(`\n${name}: ${inputs} inputs, ${seconds.toFixed(1)} s, ${Math.round(inputs / seconds)} a second`);
  for (const [what, times] of [...counts].sort()) console.log(`  ${what}  ${times}`);
  const { heapMb, rssMb } = memory;
  console.log(
    `  heap after gc: ${heapMb.start} MB at first, ${heapMb.warm} MB warm, ${heapMb.end} MB at last; rss ${rssMb.end} MB`,
  );
  if (failure !== undefined) console.log(`\n${name}: a promise was broken\n${failure}`);
};

console.log(`seed ${seed}`);
for (const { name, share, open } of chosen) {
  const inputsMax = Math.max(1, Math.round((Number(inputsText) * share) / shares));
  const result = await fuzzEdge({ name, open, seed, inputsMax, hasTime: () => !isStopped && Date.now() < untilMs });
  report(result);
  if (result.failure === undefined) continue;
  process.exitCode = 1;
  break;
}
// What an edge has left open must not keep this process: everything was said.
process.exit();
