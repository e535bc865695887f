import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { longest } from '../longest-first.mjs';

describe('a suite that is started first', () => {
  for (const path of longest) it(`is there: ${path.split('/').at(-1)}`, () => assert.ok(existsSync(path)));
});
