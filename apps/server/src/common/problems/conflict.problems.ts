import type { Problem } from './problem';

/** What the state does not allow now. */
export const conflictProblems = {
  'version-conflict': {
    status: 409,
    title: 'Somebody else was faster',
    explanation:
      'The resource is no longer what the request expects (409 for expectedVersion, 412 for If-Match). "currentVersion" of a config or a schema, and with 412 the header ETag, is what it is now: read it, merge your change and try again.',
  },
  'email-taken': {
    status: 409,
    title: 'The e-mail is taken',
    explanation: 'Another user has this e-mail. E-mails are compared in lower case.',
  },
  'key-taken': {
    status: 409,
    title: 'The key is taken',
    explanation: 'The project already has a config with this key. Update it instead.',
  },
  'name-taken': {
    status: 409,
    title: 'The name is taken',
    explanation: 'Another one has this name. Choose another name.',
  },
  'role-exists': {
    status: 409,
    title: 'The user already has a role here',
    explanation: 'A user holds one role in a project. Change it with PATCH.',
  },
  'schema-id-taken': {
    status: 409,
    title: 'Another schema has this $id',
    explanation: 'References between schemas are resolved by $id, so an $id can be stored once.',
  },
  'schema-in-use': {
    status: 409,
    title: 'The schema is in use',
    explanation: 'Configs use this schema or other schemas refer to it. Move them first.',
  },
  'schema-breaks-configs': {
    status: 409,
    title: 'Configs would no longer be valid',
    explanation:
      'Some configs would break the new schema; "breaks" names them. POST .../impact shows the same without changing anything.',
  },
  'last-admin': {
    status: 409,
    title: 'This is the last system administrator',
    explanation: 'At least one system administrator must remain. Appoint another one first.',
  },
  'last-voter': {
    status: 409,
    title: 'The last voter must stay',
    explanation: 'Without a voter the cluster could never decide anything again. Add or promote another node first.',
  },
  'node-id-used': {
    status: 409,
    title: 'The node id was used before',
    explanation:
      'A node id belongs to one life of one disk. A node whose disk was emptied, or that was removed, joins again under a new NODE_ID.',
  },
  'quorum-at-risk': {
    status: 409,
    title: 'Too few voters would be left that live',
    explanation:
      'Without this voter those that can be reached would be no majority, and nothing could be decided any more. Bring the dead ones back, or remove them first.',
  },
  'node-not-joinable': {
    status: 409,
    title: 'There is no such node to take in',
    explanation:
      'At the address no empty node of this id waits to be taken in. Start it with an empty data directory, CLUSTER_JOIN and the CLUSTER_SECRET of the cluster; the detail says what was found.',
  },
  'cluster-not-empty': {
    status: 409,
    title: 'The cluster is not empty',
    explanation:
      'A backup is restored into a new cluster of one node in which there are no projects, schemas or configs, and no user but the first administrator. The detail says what there is.',
  },
  'membership-change-pending': {
    status: 409,
    title: 'A membership change is under way',
    explanation: 'One change of members at a time. Wait until the last one is committed.',
  },
  'mirror-off': {
    status: 409,
    title: 'This node keeps no mirror',
    explanation:
      'Configs are copied to Redis by nodes that have REDIS_URL and REDIS_MIRROR=true. Set both, or ask one that has.',
  },
} as const satisfies Record<string, Problem>;
