import { defineCommand } from '../../consensus/command';
import { systemAdmin } from '../../users/users.permissions';
import type { MemberView } from '../member.rules';
import { stand } from '../member.rules';

/** It goes on receiving the log, and votes no more. */
export const demoteMember = defineCommand<{ readonly nodeId: string }, MemberView>({
  type: 'member.demote',
  version: 1,
  requires: systemAdmin,
  apply: (state, { nodeId }, context) => stand(state, nodeId, 'learner', context),
  audit: ({ nodeId }) => ({ subject: { type: 'member', id: nodeId }, summary: `take the vote of the node ${nodeId}` }),
});
