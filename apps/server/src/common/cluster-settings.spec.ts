import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itUnless, withoutTools } from '../../../../test/support/lacking';
import { ownRaftAddress } from './cluster-settings';
import { parseEnvironment } from './env';

const secret = 'a secret of sixteen';
const peers = 'node-1=10.0.0.1:7400,node-2=raft.example:7400';
const inCluster = { CLUSTER_PEERS: peers, CLUSTER_SECRET: secret };
const refusal = (variables: Readonly<Record<string, string>>): string => {
  try {
    parseEnvironment(variables);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('the settings of a cluster', () => {
  it('are none of a node alone', () => {
    expect(parseEnvironment({})).toMatchObject({
      raftListen: '127.0.0.1:7400',
      raftAdvertise: null,
      clusterPeers: null,
      clusterJoin: null,
      clusterSecrets: null,
      heartbeatMs: 100,
      electionMs: 1000,
    });
  });

  it('name the first members', () => {
    const { clusterPeers } = parseEnvironment(inCluster);
    expect([...(clusterPeers ?? [])]).toEqual([
      ['node-1', '10.0.0.1:7400'],
      ['node-2', 'raft.example:7400'],
    ]);
  });

  it.each([
    ['no address', 'node-1'],
    ['an id twice', 'node-1=a:1,node-1=b:1'],
    ['an address twice', 'node-1=a:1,node-2=a:1'],
    ['a wrong id', 'node#1=a:1'],
    ['no port', 'node-1=a'],
    ['a port too large', 'node-1=a:65536'],
  ])('refuse peers with %s', (_what, CLUSTER_PEERS) => {
    expect(refusal({ CLUSTER_PEERS, CLUSTER_SECRET: secret })).toMatch(/^CLUSTER_PEERS: got .*; it takes node-1=/);
  });

  it.each(['a:7400', 'a:7400, [::1]:7400', 'srv:_raft._tcp.config'])(
    'take the way into a cluster: %s',
    (CLUSTER_JOIN) => {
      expect(parseEnvironment({ CLUSTER_JOIN, CLUSTER_SECRET: secret }).clusterJoin).toBe(
        CLUSTER_JOIN.replace(', ', ','),
      );
    },
  );

  it('take several secrets, each long enough, and never show one', () => {
    const { clusterSecrets } = parseEnvironment({ CLUSTER_SECRET: `${secret}, another of sixteen` });
    expect(clusterSecrets).toEqual([secret, 'another of sixteen']);
    expect(refusal({ CLUSTER_SECRET: `${secret},short` })).toMatch(/^CLUSTER_SECRET: got a secret of another form;/);
    expect(refusal({ CLUSTER_SECRET: `${secret},short` })).not.toMatch(/short\b.*;/);
  });

  it.each([
    [{ CLUSTER_PEERS: peers }, /^CLUSTER_SECRET: got no value beside CLUSTER_PEERS; it takes a secret/],
    [{ CLUSTER_JOIN: 'a:1' }, /^CLUSTER_SECRET: got no value beside CLUSTER_JOIN; it takes a secret/],
    [{ ...inCluster, CLUSTER_JOIN: 'a:1' }, /^CLUSTER_JOIN: got a value beside CLUSTER_PEERS; it takes one of the two/],
    [
      { ...inCluster, NODE_ID: 'node-3' },
      /^CLUSTER_PEERS: got "node-1,node-2"; it takes all first members, and this node \(NODE_ID\) is node-3/,
    ],
    [{ CLUSTER_ROLE: 'learner' }, /^CLUSTER_ROLE: got "learner" without CLUSTER_JOIN; it takes learner only where/],
    [{ ...inCluster, CLUSTER_ROLE: 'learner' }, /^CLUSTER_ROLE: got "learner" without CLUSTER_JOIN/],
    [{ HEARTBEAT_MS: '400' }, /^ELECTION_MS: got "1000"; it takes at least three times HEARTBEAT_MS \(400\)/],
    [
      { RAFT_LISTEN: '0.0.0.0:7400', CLUSTER_SECRET: secret },
      /^RAFT_ADVERTISE: got "0.0.0.0:7400"; it takes host:port/,
    ],
    [{ RAFT_TLS_CERT: '-----BEGIN CERTIFICATE-----' }, /^RAFT_TLS_KEY and RAFT_TLS_CA: got no value beside the others/],
    [
      Object.fromEntries(['CERT', 'KEY', 'CA'].map((part) => [`RAFT_TLS_${part}`, '-----BEGIN CERTIFICATE-----'])),
      /^RAFT_TLS_CERT: got what cannot be used/,
    ],
    [{ API_ADVERTISE: 'http://a:1/?x=1' }, /^API_ADVERTISE: got "http:\/\/a:1\/\?\*\*\*"; it takes a URL/],
  ])('refuse what does not go together: %j', (variables, expected) => {
    const message = refusal(variables as Record<string, string>);
    expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
  });

  it('tell where the peers reach this node', () => {
    const address = (variables: Record<string, string>) => ownRaftAddress(parseEnvironment(variables));
    expect(address({})).toBe('127.0.0.1:7400');
    expect(address({ ...inCluster, RAFT_LISTEN: '0.0.0.0:7400' })).toBe('10.0.0.1:7400');
    expect(address({ ...inCluster, RAFT_ADVERTISE: 'elsewhere:1' })).toBe('elsewhere:1');
  });

  itUnless(withoutTools('openssl'), 'take a certificate as a text or as the path of a file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'config-guardian-pem-'));
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    try {
      const request = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=a',
      ];
      execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'pipe' });
      const { raftTlsCert } = parseEnvironment({ RAFT_TLS_CERT: cert, RAFT_TLS_KEY_FILE: key, RAFT_TLS_CA_FILE: cert });
      expect(raftTlsCert?.text).toMatch(/^-----BEGIN CERTIFICATE-----/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
