import type { Feature } from '../consensus/command.registry';
import { clusterMembers } from './cluster-members.table';
import { addMember } from './commands/add-member.command';
import { announceMember } from './commands/announce-member.command';
import { demoteMember } from './commands/demote-member.command';
import { promoteMember } from './commands/promote-member.command';
import { raiseVersion } from './commands/raise-version.command';
import { removeMember } from './commands/remove-member.command';
import { transferLeadership } from './commands/transfer-leadership.command';

export const clusterFeature: Feature = {
  tables: [clusterMembers],
  commands: [announceMember, addMember, promoteMember, demoteMember, removeMember, transferLeadership, raiseVersion],
};
