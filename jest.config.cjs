// Counters in the code itself: what V8 tells has to be read after each file and doubles the time of small ones.
const coverage = { customCoverageInstrumentation: { enabled: true, coverageVariable: '__coverage__' } };
const swc = [
  '@swc/jest',
  {
    ...JSON.parse(require('node:fs').readFileSync(`${__dirname}/.swcrc`, 'utf8')),
    swcrc: false,
    exclude: [],
    experimental: coverage,
  },
];
const esmOnly = [
  '@nestjs',
  'nestjs-pino',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  'load-esm',
  'uid',
  'iterare',
  '@hyperjump',
  'json-stringify-deterministic',
  'uri-templates',
  'content-type',
  'just-curry-it',
  'idn-hostname',
  'punycode',
];
const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': swc, '^.+\\.m?js$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`, '<rootDir>/dist/'],
  moduleNameMapper: {
    '^@config-guardian/raft$': '<rootDir>/libs/raft/src/index.ts',
    '^@config-guardian/raft-node$': '<rootDir>/libs/raft-node/src/index.ts',
    '^@config-guardian/raft-node/testing$': '<rootDir>/libs/raft-node/src/testing.ts',
  },
};
const postgres = {
  globalSetup: '<rootDir>/test/support/jest-global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest-global-teardown.ts',
};
/** `unit` needs nothing but Node; `integration` starts the embedded PostgreSQL; `e2e` the whole application; `deploy` what is shipped; `cluster` groups of real nodes. */
module.exports = {
  testTimeout: 60_000,
  // Twice the cores of a small machine: the tests of whole nodes wait more than they compute.
  maxWorkers: 4,
  collectCoverageFrom: ['apps/server/src/**/*.ts', 'libs/*/src/**/*.ts', '!**/*.spec.ts'],
  coverageReporters: ['text-summary', 'json-summary', 'lcov'],
  coverageThreshold: { global: { lines: 85 } },
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs,test/cluster,test/golden,test/load,test/properties,test/sim}/**/*.spec.ts'],
      testPathIgnorePatterns: ['\\.integration\\.spec\\.ts$'],
    },
    {
      ...shared,
      ...postgres,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs,test/e2e,test/properties,test/support}/**/*.integration.spec.ts'],
    },
    {
      ...shared,
      ...postgres,
      globalSetup: '<rootDir>/test/support/e2e-global-setup.ts',
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.e2e-spec.ts'],
    },
    {
      ...shared,
      ...postgres,
      globalSetup: '<rootDir>/test/support/e2e-global-setup.ts',
      displayName: 'deploy',
      testMatch: ['<rootDir>/test/{rules,image,compose,helm,delivery}/**/*.spec.ts'],
    },
    {
      ...shared,
      ...postgres,
      globalSetup: '<rootDir>/test/support/cluster-global-setup.ts',
      displayName: 'cluster',
      testMatch: ['<rootDir>/test/cluster/**/*.cluster-spec.ts'],
    },
  ],
};
