import { defineCommand, theSystem } from '../../consensus/command';
import type { MemberView, Newcomer } from '../member.rules';
import { enlist } from '../member.rules';

/** A node says where it is and what it runs: at its first start, and whenever that has changed. */
export const announceMember = defineCommand<Newcomer, MemberView>({
  type: 'member.announce',
  version: 1,
  requires: theSystem,
  apply: (state, newcomer, context) => enlist(state, newcomer, context),
  audit: ({ nodeId, raftAddress, version }) => ({
    subject: { type: 'member', id: nodeId },
    summary: `${nodeId} is at ${raftAddress} and runs ${version}`,
  }),
});
