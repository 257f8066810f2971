import { defineCommand } from '../../consensus/command';
import { systemAdmin } from '../../users/users.permissions';
import type { MemberView } from '../member.rules';
import { stand } from '../member.rules';

/** Its node id is never used again. */
export const removeMember = defineCommand<{ readonly nodeId: string }, MemberView>({
  type: 'member.remove',
  version: 1,
  requires: systemAdmin,
  apply: (state, { nodeId }, context) => stand(state, nodeId, 'removed', context),
  audit: ({ nodeId }) => ({ subject: { type: 'member', id: nodeId }, summary: `remove the node ${nodeId}` }),
});
