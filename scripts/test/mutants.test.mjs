import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changedFiles } from '../simulation/bundle.mjs';
import { mutants } from '../simulation/mutants.mjs';

describe('a planted bug', () => {
  for (const mutant of mutants) {
    it(`has its place in the sources: ${mutant.name}`, () => {
      assert.ok(changedFiles(mutant).size > 0);
    });
  }
});
