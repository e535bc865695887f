// Rules that only the configuration keeps: a snippet for each, as if it stood in the file named.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ESLint } from 'eslint';
import config from '../../eslint.config.js';
import { root } from '../ensure.mjs';

// A snippet is in no program, so what needs types is left out here.
const withoutTypes = config.map(({ rules = {}, ...block }) => ({
  ...block,
  rules: Object.fromEntries(Object.entries(rules).filter(([name]) => !name.startsWith('@typescript-eslint/'))),
}));

const PROPERTY = 'no-restricted-properties';
const SYNTAX = 'no-restricted-syntax';
const GLOBAL = 'no-restricted-globals';
const IMPORT = 'no-restricted-imports';

const cases = [
  ['timeouts/src/x.ts', 'export const now = () => Date.now();', PROPERTY],
  ['commands/src/x.ts', 'export const now = () => new Date();', SYNTAX],
  ['commands/src/x.ts', 'export const day = (atMs: number) => new Date(atMs);', undefined],
  ['projections/src/x.ts', 'export const now = () => performance.now();', PROPERTY],
  ['store/src/x.ts', 'export const roll = () => Math.random();', PROPERTY],
  ['store-sqlite/src/x.ts', 'setTimeout(() => {}, 1);', GLOBAL],
  ['engine/src/x.ts', 'globalThis.setInterval(() => {}, 1);', PROPERTY],
  ['engine/src/x.ts', 'export const go = (setTimer: (work: () => void) => void) => setTimer(() => {});', undefined],
  ['analysis/src/x.ts', `export const home = () => process.env['HOME'];`, PROPERTY],
  ['simulation/src/x.ts', `import { randomUUID } from 'node:crypto';\nexport const id = randomUUID;`, IMPORT],
  ['store-eventstoredb/src/x.ts', `import 'node:timers/promises';`, IMPORT],
  ['domain/src/x.ts', `import { createHash } from 'node:crypto';\nexport const hash = createHash;`, IMPORT],
  ['domain/src/x.ts', `import { ulid } from 'ulid';\nexport const id = () => ulid();`, SYNTAX],
  ['domain/src/x.ts', `import { ulid } from 'ulid';\nexport const id = () => ulid(1, () => 0.5);`, undefined],
  ['api/src/x.ts', `import { monotonicFactory } from 'ulid';\nexport const ids = monotonicFactory;`, IMPORT],
  ['server/src/x.ts', 'export const now = () => Date.now();', undefined],
  ['cli/src/x.ts', `export const home = () => process.env['HOME'];`, undefined],
  ['cli/src/x.ts', `console.log('x');`, 'no-console'],
  ['store/src/contract/x.ts', 'export const now = () => Date.now();', undefined],
  ['engine/test/x.test.ts', 'export const now = () => Date.now();', undefined],
  ['engine/test/x.test.ts', `it.only('x', () => {});`, PROPERTY],
  ['engine/src/x.ts', '// one line\n'.repeat(301), 'max-lines'],
  ['engine/test/x.test.ts', '// one line\n'.repeat(301), undefined],
];

describe('the lint rules of the rooms', () => {
  let eslint;

  before(() => {
    eslint = new ESLint({
      cwd: root,
      overrideConfigFile: true,
      overrideConfig: [...withoutTypes, { files: ['**/*.ts'], languageOptions: { parserOptions: { project: null } } }],
    });
  });

  for (const [file, code, rule] of cases)
    it(`${rule ? 'refuse' : 'let through'} ${code.trimEnd().split('\n').at(-1)} in ${file}`, async () => {
      const [result] = await eslint.lintText(code, { filePath: `packages/${file}` });
      assert.deepEqual(
        result.messages.map(({ ruleId, message }) => ruleId ?? message),
        rule ? [rule] : [],
      );
    });
});
