import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isInstalled } from '../ensure.mjs';

const zod = { version: '4.0.0', integrity: 'sha512-a' };
const wanted = {
  '': { name: 'lapse' },
  'packages/domain': { version: '0.1.0' },
  'node_modules/@lapse/domain': { resolved: 'packages/domain', link: true },
  'node_modules/zod': zod,
  'node_modules/only-on-another-system': { version: '1.0.0', optional: true },
};
const present = { 'node_modules/@lapse/domain': wanted['node_modules/@lapse/domain'], 'node_modules/zod': zod };

describe('what is installed', () => {
  it('is enough when it is what the lock file names, optional packages aside', () =>
    assert.equal(isInstalled(wanted, present), true));

  it('is not enough when nothing is there, or an install was cut off', () =>
    assert.equal(isInstalled(wanted, undefined), false));

  it('is not enough when a package is missing', () =>
    assert.equal(isInstalled(wanted, { ...present, 'node_modules/zod': undefined }), false));

  it('is not enough when a package has another version or other content', () => {
    assert.equal(isInstalled(wanted, { ...present, 'node_modules/zod': { ...zod, version: '4.0.1' } }), false);
    assert.equal(isInstalled(wanted, { ...present, 'node_modules/zod': { ...zod, integrity: 'sha512-b' } }), false);
  });

  it('is not enough when a package of this house is not linked', () =>
    assert.equal(isInstalled(wanted, { 'node_modules/zod': zod }), false));
});
