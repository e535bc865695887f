// npm run check: everything that can be said about the code without running it, in under a minute
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, root } from './ensure.mjs';
import { runSteps, stepLine } from './steps.mjs';

const AT_ONCE = 2;
const bin = (path) => join(root, 'node_modules', path);

/** A package without an index has nothing yet that could be used or unused. */
const begunPackages = () =>
  readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'src/index.ts')));

const build = { name: 'types of sources (build)', args: [bin('typescript/lib/tsc.js'), '--build'] };

// The longest first: the others fit beside it.
const steps = () => [
  { name: 'lint', args: [bin('eslint/bin/eslint.js'), '--max-warnings=0', '.'] },
  { name: 'types of tests and scripts', args: [bin('typescript/lib/tsc.js'), '-p', 'tsconfig.tests.json'] },
  { name: 'format', args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'] },
  {
    name: 'unused code',
    args: [
      bin('knip/bin/knip.js'),
      '--no-progress',
      '--no-config-hints',
      ...['.', ...begunPackages()].flatMap((folder) => ['--workspace', folder]),
    ],
  },
  {
    name: 'arrows',
    args: [
      bin('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config=.dependency-cruiser.cjs',
      'packages',
      'scripts',
    ],
  },
  { name: 'tests of lint and arrows', args: ['--test', '--test-reporter=spec', 'scripts/test/'] },
];

const report = (result) => {
  console.log(stepLine(result));
  if (!result.ok) console.log(result.output.trimEnd());
};

/** The results of all checks. None needs the build, which is one of them: `build: false` where it was made already. */
export const runChecks = (options = { build: true }) =>
  runSteps(options.build ? [build, ...steps()] : steps(), AT_ONCE, report);

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  ensureInstalled();
  const results = await runChecks();
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
}
