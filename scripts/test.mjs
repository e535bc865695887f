// npm test [-- NAME… | --no-check]: everything that CI runs; NAME is a folder in packages/ and leaves out the checks.
// The last line counts the tests of all runs; whatever else went wrong counts as one failed each.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChecks } from './check.mjs';
import { root } from './ensure.mjs';
import { jestArguments } from './jest.mjs';
import { nodeOf } from './other-node.mjs';
import { runStep, stepLine } from './steps.mjs';

const OTHER_NODES = [22, 24];
/** Which SQLite is loaded depends on the version of Node. */
const SUITES_ON_OTHER_NODES = ['sqlite', 'store-sqlite'];
/** One more than cores: tests of processes mostly wait for them. */
const WORKERS_MAX = 3;

const packagesWithTests = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'test')),
);

const readArguments = () => {
  try {
    const { values, positionals } = parseArgs({
      options: { 'no-check': { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const names = positionals.map((name) => name.replace(/^(@lapse|packages)\//, '').replace(/\/$/, ''));
    const unknown = names.find((name) => !packagesWithTests.includes(name));
    if (unknown) throw new Error(`no tests in packages/${unknown}; there are: ${packagesWithTests.join(', ')}`);
    return { names: names.length > 0 ? names : packagesWithTests, check: !values['no-check'] && names.length === 0 };
  } catch (error) {
    process.stderr.write(`${error.message}\nusage: npm test [-- NAME… | --no-check]\n`);
    process.exit(2);
  }
};

const scratch = mkdtempSync(join(tmpdir(), 'lapse-test-'));
const lines = [];
const total = { passed: 0, failed: 0 };

const failStep = (name, problem) => {
  total.failed += 1;
  lines.push(`FAILED ${name}`);
  console.log(problem ?? '');
};

const countsIn = (file) => {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    const leftOut = numPendingTests + numTodoTests;
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, leftOut };
  } catch {
    return { passed: 0, failed: 0, leftOut: 0 };
  }
};

const runJest = async (name, binary, packageNames) => {
  if (packageNames.length === 0) return;
  console.log(`\n${name}`);
  const file = join(scratch, `${total.passed}-${lines.length}.json`);
  const step = await runStep({
    name,
    command: binary,
    args: jestArguments([
      ...['--ci', `--maxWorkers=${WORKERS_MAX}`, '--json', `--outputFile=${file}`],
      ...packageNames.map((packageName) => `packages/${packageName}/`),
    ]),
    show: true,
  });
  const { passed, failed, leftOut } = countsIn(file);
  // A run without a single test, or one that failed without a failing test, must not look like success.
  const beside = failed === 0 && (!step.ok || passed === 0) ? 1 : 0;
  total.passed += passed;
  total.failed += failed + beside;
  const left = leftOut > 0 ? `, ${leftOut} LEFT OUT` : '';
  lines.push(`${stepLine({ ...step, ok: failed + beside === 0 })}  ${passed} passed, ${failed + beside} failed${left}`);
  if (step.output) console.log(step.output);
};

const finish = () => {
  rmSync(scratch, { recursive: true, force: true });
  console.log(`\n${lines.join('\n')}\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
};

const main = async () => {
  const { names, check } = readArguments();
  const ready = await runStep({ name: 'install and build', args: [join(root, 'scripts/ensure.mjs')], show: true });
  lines.push(stepLine(ready));
  if (!ready.ok) total.failed += 1;
  // A build that fails is a failure, but says nothing about the tests, which run on the sources.
  if (!existsSync(join(root, 'node_modules/jest'))) return finish();

  const onOtherNodes = names.filter((name) => SUITES_ON_OTHER_NODES.includes(name));
  const others = onOtherNodes.length > 0 ? OTHER_NODES.map((major) => [major, nodeOf(major)]) : [];

  if (check)
    for (const result of await runChecks({ build: false })) {
      lines.push(stepLine(result));
      if (!result.ok) total.failed += 1;
    }
  await runJest(`tests on Node ${process.version}`, process.execPath, names);
  for (const [major, coming] of others) {
    const { binary, version, problem } = await coming;
    if (problem) failStep(`tests on Node ${major}`, problem);
    else await runJest(`tests on Node ${version}`, binary, onOtherNodes);
  }
  finish();
};

await main();
