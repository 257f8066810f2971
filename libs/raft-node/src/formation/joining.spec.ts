import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerIdentity } from '../transport/transport';
import { PeerError } from '../transport/transport';
import { FormationRefused } from './formation';
import { decodeJson, encodeJson } from './formation-messages';
import type { JoinRequest } from './joining';
import { Joining } from './joining';

const from = {} as PeerIdentity;

describe('joining a cluster', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'config-guardian-joining-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const told: string[] = [];
  const joining = (seeds: string, lookup?: (name: string) => Promise<{ name: string; port: number }[]>): Joining =>
    new Joining({
      nodeId: 'node-4',
      raftAddress: '127.0.0.1:7404',
      apiAddress: 'http://127.0.0.1:8084',
      role: 'learner',
      join: seeds,
      directory,
      log: (message) => told.push(message),
      ...(lookup && { lookup }),
    });

  it('asks one address after the other and begins an empty log in the cluster that takes it in', async () => {
    const asked: string[] = [];
    const transport = {
      requestAt: (address: string) => {
        asked.push(address);
        if (address !== 'b:2') return Promise.reject(new PeerError('unreachable', 'nobody there'));
        return Promise.resolve({ from, body: encodeJson({ clusterId: 'cluster-1' }) });
      },
    };
    const first = await joining('a:1, b:2').run(transport, AbortSignal.timeout(5_000));
    expect(asked).toEqual(['a:1', 'b:2']);
    expect(first.identity).toMatchObject({ clusterId: 'cluster-1', nodeId: 'node-4' });
    expect(first.configuration.voters).toEqual([]);
  });

  it('asks again under the same incarnation, also after a restart, until its log exists', async () => {
    const seen: string[] = [];
    let refusals = 1;
    const transport = {
      requestAt: (_address: string, _method: string, body: Uint8Array) => {
        const { incarnation, role } = decodeJson(body) as JoinRequest;
        expect(role).toBe('learner');
        seen.push(incarnation);
        if (refusals-- > 0) return Promise.reject(new PeerError('no-leader', 'no leader is known'));
        return Promise.resolve({ from, body: encodeJson({ clusterId: 'cluster-1' }) });
      },
    };
    await joining('a:1').run(transport, AbortSignal.timeout(5_000));
    const restarted = joining('a:1');
    const { identity } = await restarted.run(transport, AbortSignal.timeout(5_000));
    expect(seen).toHaveLength(3);
    expect(new Set([...seen, identity.incarnation]).size).toBe(1);
    restarted.finished();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('finds the members through SRV records, asked anew each time', async () => {
    let lookups = 0;
    const lookup = (name: string) => {
      expect(name).toBe('_raft._tcp.config');
      return Promise.resolve(lookups++ === 0 ? [] : [{ name: 'pod-0.config', port: 7400 }]);
    };
    const transport = {
      requestAt: (address: string) => {
        expect(address).toBe('pod-0.config:7400');
        return Promise.resolve({ from, body: encodeJson({ clusterId: 'cluster-1' }) });
      },
    };
    await joining('srv:_raft._tcp.config', lookup).run(transport, AbortSignal.timeout(5_000));
    expect(lookups).toBe(2);
  });

  it('is taken in by a member that asks it, under the incarnation that it told', async () => {
    const transport = { requestAt: () => Promise.reject(new PeerError('unreachable', 'nobody there')) };
    const waiting = joining('a:1');
    const begun = waiting.run(transport, AbortSignal.timeout(5_000));
    const { incarnation, nodeId } = decodeJson(waiting.answer('cluster/waiting', encodeJson({}))) as JoinRequest;
    waiting.answer('cluster/invited', encodeJson({ clusterId: 'cluster-1' }));
    expect((await begun).identity).toEqual({ clusterId: 'cluster-1', nodeId, incarnation });
    expect(() => waiting.answer('propose', encodeJson({}))).toThrow('node-4 belongs to no cluster yet');
  });

  it('gives up when the cluster has a node of that name', async () => {
    const transport = { requestAt: () => Promise.reject(new PeerError('node-id-used', 'node-4 is taken')) };
    const join = joining('a:1').run(transport, AbortSignal.timeout(5_000));
    await expect(join).rejects.toThrow(FormationRefused);
    await expect(join).rejects.toThrow('a:1: node-4 is taken');
  });
});
