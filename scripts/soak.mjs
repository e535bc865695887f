// npm run soak -- [--minutes M] [--rate N] [--herd N] [--gateway] [--seed N] [--report FILE] [--json]: real traffic on a real
// server for so long; a line an interval, a page with pictures at the end. Exit 1: something was lost, or did not stay bounded.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ensure, root } from './ensure.mjs';
import { readOptions } from './options.mjs';

const options = readOptions({
  what: 'Real traffic on a real server: steady, in bursts, and herds of deadlines. Exit 1: a promise was broken.',
  usage: 'npm run soak -- [--minutes M] [--rate N] [--herd N] [--gateway] [--seed N] [--report FILE] [--json]',
  flags: {
    minutes: { takes: 'M', says: 'how long', otherwise: 5, min: 0.1, max: 10_000, isFraction: true },
    rate: { takes: 'N', says: 'requests a second while it is steady', otherwise: 300, min: 1, max: 20_000 },
    herd: {
      takes: 'N',
      says: 'sessions that come due in the same millisecond, once a minute',
      otherwise: 1_000,
      max: 100_000,
    },
    gateway: { says: 'the log is kept by a second process and reached over its gateway' },
    seed: { takes: 'N', says: 'what the traffic is drawn from', otherwise: 1, max: 2 ** 32 - 1 },
    report: { takes: 'FILE', says: 'where the page is written', otherwise: '.cache/soak.html' },
    json: { says: 'the result as one line of JSON on stdout; the lines of the intervals go to stderr' },
  },
  examples: [
    'npm run soak -- --minutes 20                           and then open .cache/soak.html',
    'npm run soak -- --minutes 1 --rate 1000 --herd 10000   short and hard',
    'npm run soak -- --gateway --json > soak.json           over the gateway, for a program',
  ],
});

ensure();
// Only now: on a bare clone what they import was not there before.
const { soak } = await import('./soak/soak.mjs');
const { htmlOf } = await import('./soak/report.mjs');

const say = options.json ? (line) => process.stderr.write(`${line}\n`) : (line) => console.log(line);
const scratch = mkdtempSync(join(tmpdir(), 'lapse-soak-'));
try {
  const result = await soak({ ...options, scratch, main: join(root, 'packages/cli/dist/main.js'), say });
  const file = resolve(root, options.report);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, htmlOf(result));
  if (options.json) console.log(JSON.stringify(result));
  for (const { what, ok, found } of result.verdicts) say(`${ok ? 'ok    ' : 'BROKEN'} ${what}: ${found}`);
  say(`the page: ${file}`);
  process.exitCode = result.verdicts.every(({ ok }) => ok) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
