import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Only these two rooms read the clock and the environment; everywhere else both are handed in. */
const IMPURE_ROOMS = ['server', 'cli'];
/** What runs in a browser too, and what must be provable from its arguments alone. */
const ROOMS_WITHOUT_NODE = ['domain', 'api'];

const CLOCK = 'Only server and cli read the clock: take the time as an argument.';
const TIMER = 'Only server and cli set timers: take a timer as an argument.';
const RANDOM = 'Take randomness (a seed, an id) as an argument.';
const ENVIRONMENT = 'Only server and cli read the environment: take the value as an argument.';
const NO_NODE = 'This room runs without Node: no node:* modules.';

const timers = ['setTimeout', 'setInterval'];
const banned = (object, properties, message) => properties.map((property) => ({ object, property, message }));

const clockAndEnvironment = {
  'no-restricted-properties': [
    'error',
    ...banned('Date', ['now'], CLOCK),
    ...banned('performance', ['now', 'timeOrigin', 'mark', 'measure'], CLOCK),
    ...banned('process', ['hrtime', 'uptime'], CLOCK),
    ...banned('process', ['env', 'argv', 'cwd'], ENVIRONMENT),
    ...banned('Math', ['random'], RANDOM),
    ...banned('crypto', ['randomUUID', 'getRandomValues'], RANDOM),
    ...banned('AbortSignal', ['timeout'], TIMER),
    ...banned('globalThis', timers, TIMER),
    ...banned('globalThis', ['Date', 'performance'], CLOCK),
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: CLOCK },
    { selector: 'CallExpression[callee.name="Date"]', message: CLOCK },
    { selector: 'CallExpression[callee.name="ulid"][arguments.length<2]', message: RANDOM },
  ],
  'no-restricted-globals': ['error', ...timers.map((name) => ({ name, message: TIMER }))],
};

const impureImports = [
  { name: 'node:timers', message: TIMER },
  { name: 'node:timers/promises', message: TIMER },
  { name: 'node:perf_hooks', message: CLOCK },
  { name: 'node:process', message: ENVIRONMENT },
  { name: 'node:crypto', importNames: ['randomUUID', 'randomBytes', 'randomInt'], message: RANDOM },
  { name: 'ulid', importNames: ['monotonicFactory'], message: RANDOM },
];

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'lapse-data/', '.cache/'] },
  {
    files: ['**/*.{ts,js,mjs,cjs}'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-constant-binary-expression': 'error',
      'no-unreachable': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-throw-literal': 'error',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], rules: { 'no-unused-vars': 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: {
      parserOptions: { project: './tsconfig.tests.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-array-delete': 'error',
      '@typescript-eslint/no-base-to-string': 'error',
      '@typescript-eslint/no-empty-object-type': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unbound-method': 'error',
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    rules: {
      // Each `??` and `?.` counts as a branch too.
      complexity: ['error', 25],
      'max-depth': ['error', 4],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 70],
      'max-params': ['error', 6],
      'no-console': 'error',
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    // The contract suite stands among the sources, because other packages run it, but it is a test.
    ignores: [...IMPURE_ROOMS.map((room) => `packages/${room}/**`), 'packages/store/src/contract/**'],
    rules: { ...clockAndEnvironment, 'no-restricted-imports': ['error', { paths: impureImports }] },
  },
  {
    files: ROOMS_WITHOUT_NODE.map((room) => `packages/${room}/src/**/*.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: impureImports.filter(({ name }) => !name.startsWith('node:')),
          patterns: [{ group: ['node:*'], message: NO_NODE }],
        },
      ],
    },
  },
  {
    files: ['packages/store/src/contract/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['packages/*/test/**/*.ts', 'packages/store/src/contract/**/*.ts'],
    rules: {
      // A test that is left out, alone or still to come says less than it seems to.
      'no-restricted-properties': [
        'error',
        ...['it', 'test', 'describe'].flatMap((name) =>
          banned(name, ['skip', 'only', 'todo', 'failing'], 'Every test runs, on every machine.'),
        ),
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
