/** The arrows of the design: each folder imports only from those to its left. */
const order = [
  'common',
  'database',
  'redis',
  'limits',
  'consensus',
  'audit',
  'users',
  'auth',
  'roles',
  'projects',
  'schemas',
  'configs',
  'read',
  'mirror',
  'cluster',
  'backup',
];
const last = ['health', 'telemetry'];
const server = '^apps/server/src';

const leftwards = order.map((folder, place) => ({
  name: `${folder}-imports-only-from-its-left`,
  comment: `${folder}/ may import from ${['libs', ...order.slice(0, place)].join(', ')}`,
  severity: 'error',
  from: { path: `${server}/${folder}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: `${server}/`, pathNot: `${server}/(${order.slice(0, place + 1).join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...leftwards,
    ...last.map((folder) => ({
      name: `nobody-imports-${folder}`,
      severity: 'error',
      from: { path: `${server}/`, pathNot: `${server}/(${folder}/|app\\.module|create-app)` },
      to: { path: `${server}/${folder}/` },
    })),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'raft-imports-nothing',
      comment: 'The protocol core is pure: no I/O, no library, nothing outside its folder.',
      severity: 'error',
      from: { path: '^libs/raft/src/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^libs/raft/src/' },
    },
    {
      name: 'libs-do-not-know-the-server',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'raft-node-imports-only-raft',
      severity: 'error',
      from: { path: '^libs/raft-node/src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/', pathNot: '^libs/(raft-node|raft)/src/' },
    },
    {
      name: 'libs-are-entered-by-their-index',
      severity: 'error',
      from: { path: '^apps/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.spec\\.ts$|^libs/[^/]+/test/)' },
      to: { path: ['^test/', '\\.spec\\.ts$', '^libs/[^/]+/test/'] },
    },
    {
      name: 'no-development-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '(\\.spec\\.ts$|^libs/[^/]+/test/)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
