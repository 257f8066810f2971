import type { LogMember } from '@config-guardian/raft-node';
import { heirOf } from './database-heir.rules';

const member = (nodeId: string, matchIndex: number, role: LogMember['role'] = 'voter'): LogMember => ({
  ...{ nodeId, matchIndex, role },
  member: `${nodeId}#1`,
  lastContactMs: 10,
  state: 'replicate',
});
const heir = (members: readonly LogMember[], standstills: Readonly<Record<string, number>>) =>
  heirOf(members, new Map(Object.entries(standstills)), 1_000);

describe('who leads in the place of a node whose database takes nothing', () => {
  it('is the voter that is furthest along', () => {
    expect(heir([member('node-2', 10), member('node-3', 11)], { 'node-2': 0, 'node-3': 200 })).toBe('node-3');
  });

  it('is no voter whose own database takes nothing, nor one that does not say', () => {
    const members = [member('node-2', 10), member('node-3', 11), member('node-4', 12)];
    expect(heir(members, { 'node-2': 0, 'node-3': 3_000 })).toBe('node-2');
    expect(heir(members, { 'node-3': 3_000 })).toBeUndefined();
  });

  it('is no learner', () => {
    expect(heir([member('node-2', 10, 'learner')], { 'node-2': 0 })).toBeUndefined();
  });
});
