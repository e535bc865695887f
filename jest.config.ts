/** @jest-config-loader esbuild-register */
import { readdirSync } from 'node:fs';

const packages = readdirSync(new URL('packages/', import.meta.url));

export default {
  testEnvironment: 'node',
  roots: packages.map((name) => `<rootDir>/packages/${name}`),
  testMatch: ['**/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  // Tests run on the sources: no build stands between a change and its test.
  moduleNameMapper: {
    '^@lapse/store/contract$': '<rootDir>/packages/store/src/contract/index.ts',
    '^@lapse/eventstoredb-gateway/testing$': '<rootDir>/packages/eventstoredb-gateway/src/testing/index.ts',
    '^@lapse/simulation/oracle$': '<rootDir>/packages/simulation/src/oracle/index.ts',
    '^@lapse/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testSequencer: '<rootDir>/scripts/longest-first.mjs',
  testTimeout: 60_000,
};
