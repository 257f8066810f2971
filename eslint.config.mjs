import tseslint from 'typescript-eslint';

const noClockOrChance = [
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Chance is injected: the same input must give the same state on every node.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'The only clock is the entry header: use ctx.at.',
  },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'The only clock is the entry header: use ctx.at.',
  },
  {
    selector: ':function[async=true]',
    message: 'This code is synchronous: an await inside a handler lets two messages interleave.',
  },
  {
    selector: 'AwaitExpression',
    message: 'This code is synchronous: an await inside a handler lets two messages interleave.',
  },
];

const noTimersOrNetwork = ['setTimeout', 'setInterval', 'setImmediate', 'process', 'fetch', 'performance'];

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', 'data', '**/*.cjs', '**/*.mjs'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { prefer: 'type-imports', fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
      'no-console': 'error',
      'max-lines': ['error', { max: 300 }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // Nest reads constructor parameter types at run time; type-only imports would erase them.
    files: ['apps/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: [
      'libs/raft/src/**/*.ts',
      'apps/server/src/**/commands/*.command.ts',
      'apps/server/src/**/*.rules.ts',
      'apps/server/src/consensus/state/**/*.ts',
    ],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...noClockOrChance],
      'no-restricted-globals': ['error', ...noTimersOrNetwork],
    },
  },
  {
    // The protocol has no clock but its ticks and waits for nothing, by whatever way these are reached.
    files: ['libs/raft/src/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...noTimersOrNetwork, 'Date', 'Promise', 'queueMicrotask', 'globalThis'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Chance is injected.' }],
    },
  },
  { files: ['**/*.spec.ts', '**/*-spec.ts', 'test/**/*.ts', 'scripts/**/*.ts'], rules: { 'no-console': 'off' } },
);
