// The guard of the arrows is itself guarded: a small house with one wrong import for each rule.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../ensure.mjs';
import rooms from '../rooms.cjs';

const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** File in packages/, its content, and the rules that it breaks (none: must be let through). */
const house = [
  ['domain/src/index.ts', `export * from './rules.js';`, []],
  ['domain/src/rules.ts', `import { z } from 'zod';\nexport const rules = z;`, []],
  ['domain/src/upwards.ts', `import '@lapse/commands';`, ['arrow-from-domain', 'undeclared-in-domain']],
  ['domain/src/node.ts', `import 'node:fs';`, ['no-node-in-pure-rooms']],
  ['domain/src/bare-node.ts', `import 'fs';`, ['no-node-in-pure-rooms']],
  ['domain/src/library.ts', `import 'pino';`, ['domain-libraries', 'not-declared']],
  ['domain/src/missing.ts', `import './nowhere.js';`, ['not-declared', 'not-resolvable']],
  // A circle is reported once, at its alphabetically first file.
  ['domain/src/round.ts', `import './about.js';`, []],
  ['domain/src/about.ts', `import './round.js';`, ['no-cycle']],
  ['domain/src/tested.ts', `import '../test/fixtures.js';`, ['sources-do-not-use-tests']],
  ['domain/test/fixtures.ts', `import 'node:fs';`, []],
  ['store/src/index.ts', `export {};`, []],
  ['store/src/contract/index.ts', `import '@jest/globals';`, []],
  ['commands/src/index.ts', `import '@lapse/domain';\nimport type {} from '@lapse/store';`, []],
  [
    'commands/src/type-only.ts',
    `import type {} from '@lapse/engine';`,
    ['arrow-from-commands', 'undeclared-in-commands'],
  ],
  [
    'commands/src/deep.ts',
    `import '../../domain/src/rules.js';`,
    ['no-deep-import', 'no-relative-import-across-rooms'],
  ],
  ['commands/src/neighbour.ts', `import '../../domain/src/index.js';`, ['no-relative-import-across-rooms']],
  ['commands/test/contract.test.ts', `import '@lapse/store/contract';`, []],
  ['commands/test/upwards.test.ts', `import '@lapse/engine';`, ['arrow-from-commands', 'undeclared-in-commands']],
  ['engine/src/index.ts', `import '@lapse/api';`, ['arrow-from-engine', 'undeclared-in-engine']],
  ['api/src/index.ts', `import 'node:http';`, ['no-node-in-pure-rooms']],
  ['simulation/src/index.ts', `import '@lapse/engine';`, []],
  ['simulation/src/oracle/index.ts', `import './judge.js';`, []],
  ['simulation/src/oracle/judge.ts', `import '@lapse/domain';`, ['oracle-imports-nothing']],
  ['simulation/src/oracle/count.ts', `import 'node:assert';`, ['oracle-imports-nothing']],
];
const declared = {
  domain: ['zod'],
  commands: ['@lapse/domain', '@lapse/store'],
  simulation: ['@lapse/engine', '@lapse/domain'],
};

let folder;
let violations;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'lapse-arrows-'));
  for (const file of ['.dependency-cruiser.cjs', 'scripts/rooms.cjs', 'tsconfig.tests.json', 'tsconfig.base.json'])
    cpSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const [file, content] of house) {
    const path = join(folder, 'packages', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    const room = file.split('/')[0];
    const dependencies = Object.fromEntries((declared[room] ?? []).map((name) => [name, '*']));
    writeFileSync(
      join(folder, 'packages', room, 'package.json'),
      JSON.stringify({ name: `@lapse/${room}`, type: 'module', dependencies }),
    );
  }
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [depcruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'packages'],
    { cwd: folder, encoding: 'utf8' },
  );
  assert.equal(stderr, '');
  violations = JSON.parse(stdout).summary.violations;
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe('the arrows between the rooms', () => {
  for (const [file, content, rules] of house)
    it(`${rules[0] ? 'refuse' : 'let through'} ${content.split('\n').at(-1)} in ${file}`, () => {
      const broken = violations.filter(({ from }) => from === `packages/${file}`).map(({ rule }) => rule.name);
      assert.deepEqual([...new Set(broken)].sort(), [...rules].sort());
    });

  it('are what each package.json declares, and what each tsconfig.json builds first', () => {
    for (const room of readdirSync(join(root, 'packages'))) {
      const read = (file) => JSON.parse(readFileSync(join(root, 'packages', room, file), 'utf8'));
      const needs = Object.keys(read('package.json').dependencies ?? {})
        .filter((name) => name.startsWith('@lapse/'))
        .map((name) => name.slice('@lapse/'.length));
      assert.deepEqual(
        needs.filter((name) => !rooms.arrows[room]?.includes(name)),
        [],
        `${room} declares a room that it may not use`,
      );
      const built = (read('tsconfig.json').references ?? []).map(({ path }) => path.replace('../', ''));
      assert.deepEqual(built.sort(), needs.sort(), `${room}: references and dependencies differ`);
    }
  });
});
