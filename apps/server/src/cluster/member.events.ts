import { defineEvent } from '../consensus/domain-event';
import type { ClusterMemberEntity } from './cluster-member.entity';

/** A node came, moved, or is meant to be something else from now on. */
export const memberChanged = defineEvent('member.changed')<{ readonly member: ClusterMemberEntity }>();
export const leadershipTransferAsked = defineEvent('leadership.transfer-asked')<{ readonly to: string | null }>();
