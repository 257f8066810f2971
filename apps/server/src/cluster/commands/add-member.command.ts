import { defineCommand } from '../../consensus/command';
import { systemAdmin } from '../../users/users.permissions';
import type { MemberView, Newcomer } from '../member.rules';
import { enlist } from '../member.rules';

/** An administrator takes a waiting node in: a learner first, a voter when it has caught up and wants to be one. */
export const addMember = defineCommand<Newcomer, MemberView>({
  type: 'member.add',
  version: 1,
  requires: systemAdmin,
  apply: (state, newcomer, context) => enlist(state, newcomer, context),
  audit: ({ nodeId, raftAddress }) => ({
    subject: { type: 'member', id: nodeId },
    summary: `add the node ${nodeId} at ${raftAddress}`,
  }),
});
