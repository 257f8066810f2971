import { defineCommand } from '../../consensus/command';
import { systemAdmin } from '../../users/users.permissions';
import type { MemberView } from '../member.rules';
import { stand } from '../member.rules';

/** The leader gives it a vote as soon as it has caught up. */
export const promoteMember = defineCommand<{ readonly nodeId: string }, MemberView>({
  type: 'member.promote',
  version: 1,
  requires: systemAdmin,
  apply: (state, { nodeId }, context) => stand(state, nodeId, 'voter', context),
  audit: ({ nodeId }) => ({ subject: { type: 'member', id: nodeId }, summary: `let the node ${nodeId} vote` }),
});
