import { defineCommand } from '../../consensus/command';
import { reject } from '../../common/rejected';
import { systemAdmin } from '../../users/users.permissions';
import { leadershipTransferAsked } from '../member.events';
import { requireMember } from '../member.rules';

/** Leaves its record in the audit trail; the leader of the term in which it was asked for hands over when it applies this. */
export const transferLeadership = defineCommand<{ readonly to: string | null }, null>({
  type: 'leadership.transfer',
  version: 1,
  requires: systemAdmin,
  apply(state, { to }) {
    if (to !== null && requireMember(state, to).standing !== 'voter') reject('member-not-found');
    state.emit(leadershipTransferAsked({ to }));
    return null;
  },
  audit: ({ to }) => ({
    subject: { type: 'cluster', id: to ?? '-' },
    summary: to === null ? 'hand leadership over' : `hand leadership over to ${to}`,
  }),
});
