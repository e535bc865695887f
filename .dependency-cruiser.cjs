// Keeps the arrows between the rooms (scripts/rooms.cjs) true, on the sources.
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { arrows } = require('./scripts/rooms.cjs');

/** What other packages may import of a room; everything else of it is its own business. */
const DOORS = 'src/(index|contract/index|oracle/index|testing/index)[.]ts$';
/** The libraries that the pure rules may use. */
const DOMAIN_LIBRARIES = 'node_modules/(zod|ulid|@noble/hashes)/';

const packagesFolder = join(__dirname, 'packages');
const present = existsSync(packagesFolder) ? readdirSync(packagesFolder) : [];

const declaredBy = (room) => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(packagesFolder, room, 'package.json'), 'utf8'),
  );
  return Object.keys({ ...dependencies, ...devDependencies })
    .filter((name) => name.startsWith('@lapse/'))
    .map((name) => name.slice('@lapse/'.length));
};

const oneOf = (names) => (names.length > 0 ? `(${names.join('|')})` : '(?!)');

const arrowRule = (room) => ({
  name: `arrow-from-${room}`,
  comment: `${room} may use: ${(arrows[room] ?? []).join(', ') || 'no other room'}`,
  severity: 'error',
  from: { path: `^packages/${room}/` },
  to: { path: '^packages/', pathNot: `^packages/${oneOf([room, ...(arrows[room] ?? [])])}/` },
});

const declarationRule = (room) => ({
  name: `undeclared-in-${room}`,
  comment: `packages/${room}/package.json does not name this package`,
  severity: 'error',
  from: { path: `^packages/${room}/` },
  to: { path: '^packages/', pathNot: `^packages/${oneOf([room, ...declaredBy(room)])}/` },
});

/** The table of the rules, read once more for the tests of both import and command line. */
const SHARED_TEST_PARTS = '^packages/analysis/test/lib/reference\\.ts$';

module.exports = {
  forbidden: [
    ...present.map(arrowRule),
    ...present.filter((room) => existsSync(join(packagesFolder, room, 'package.json'))).map(declarationRule),
    {
      name: 'no-deep-import',
      comment: 'Packages meet at their index (or a declared export), imported as @lapse/NAME.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: [`^packages/[^/]+/${DOORS}`, '^packages/$1/', SHARED_TEST_PARTS] },
    },
    {
      name: 'no-relative-import-across-rooms',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', SHARED_TEST_PARTS], dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'sources-do-not-use-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^packages/[^/]+/test/' },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-declared',
      comment: 'A package declares every library that it imports.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/store/src/contract/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev', 'unknown', 'undetermined'] },
    },
    {
      name: 'no-node-in-pure-rooms',
      severity: 'error',
      from: { path: '^packages/(domain|api)/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'domain-libraries',
      severity: 'error',
      from: { path: '^packages/domain/src/' },
      to: { path: 'node_modules/', pathNot: DOMAIN_LIBRARIES },
    },
    {
      name: 'oracle-imports-nothing',
      comment: 'What judges the house must share nothing with it.',
      severity: 'error',
      from: { path: '^packages/simulation/src/oracle/' },
      to: { pathNot: '^packages/simulation/src/oracle/' },
    },
  ],
  options: {
    tsConfig: { fileName: join(__dirname, 'tsconfig.tests.json') },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    // The peers of a bench have dependencies of their own, which nobody installs but that bench.
    exclude: { path: '(^|/)dist/|^scripts/bench/peers/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
