import { defineCommand } from '../../consensus/command';
import { systemAdmin } from '../../users/users.permissions';
import type { MemberIdentity, MemberView } from '../member.rules';
import { enlist } from '../member.rules';

/** An administrator takes a waiting node in: a learner first, a voter when it has caught up. */
export const addMember = defineCommand<MemberIdentity, MemberView>({
  type: 'member.add',
  version: 1,
  requires: systemAdmin,
  apply: (state, identity, context) => enlist(state, identity, context),
  audit: ({ nodeId, raftAddress }) => ({
    subject: { type: 'member', id: nodeId },
    summary: `add the node ${nodeId} at ${raftAddress}`,
  }),
});
