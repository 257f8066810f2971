import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { OptionalBody, TakesOptionalBody } from '../common/http/optional-body';
import { readConsistencyOf } from '../common/http/read-query';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { anyUser } from '../users/users.permissions';
import { ClusterChanges } from './cluster-changes';
import { AddMemberDto, ClusterDto, TransferLeadershipDto } from './cluster.dto';
import { ClusterView } from './cluster-view';
import { addMember } from './commands/add-member.command';
import { demoteMember } from './commands/demote-member.command';
import { promoteMember } from './commands/promote-member.command';
import { removeMember } from './commands/remove-member.command';
import { transferLeadership } from './commands/transfer-leadership.command';

const inForce = 'Answers with the cluster once the change is in force.';

@ApiTags('Cluster')
@ApiBearerAuth()
@Controller('v1/cluster')
export class ClusterController {
  constructor(
    private readonly view: ClusterView,
    private readonly changes: ClusterChanges,
  ) {}

  @Get()
  @Requires(anyUser)
  @ApiOperation({
    operationId: 'getCluster',
    summary: 'The cluster and its members',
    description:
      'As the node that is asked sees it. What only the leader knows of the members is asked of it, unless the read is local.',
  })
  @Reads(ClusterDto)
  get(@Req() request: Request) {
    return this.view.read(readConsistencyOf(request));
  }

  @Post('members')
  @HttpCode(200)
  @Executes(addMember)
  @ApiOperation({
    operationId: 'addMember',
    summary: 'Take a waiting node in',
    description: `The node waits with CLUSTER_JOIN and an empty data directory. It learns first, and votes when it has caught up, unless it was started with CLUSTER_ROLE=learner. System administrators. ${inForce}`,
  })
  @Writes(ClusterDto, { problems: ['node-not-joinable', 'node-id-used', 'membership-change-pending'] })
  add(@Body() dto: AddMemberDto, @Ctx() context: RequestContext) {
    return this.changes.add(dto, context);
  }

  @Delete('members/:nodeId')
  @Executes(removeMember)
  @ApiOperation({
    operationId: 'removeMember',
    summary: 'Remove a node',
    description: `It stops serving, and its node id is never used again. System administrators. ${inForce}`,
  })
  @Writes(ClusterDto, { problems: ['member-not-found', 'last-voter', 'quorum-at-risk', 'membership-change-pending'] })
  remove(@Param('nodeId') nodeId: string, @Ctx() context: RequestContext) {
    return this.changes.remove(nodeId, context);
  }

  @Post('members/:nodeId/promote')
  @HttpCode(200)
  @Executes(promoteMember)
  @ApiOperation({
    operationId: 'promoteMember',
    summary: 'Let a learner vote',
    description: `It does as soon as it has caught up. System administrators. ${inForce}`,
  })
  @Writes(ClusterDto, { problems: ['member-not-found', 'membership-change-pending'] })
  promote(@Param('nodeId') nodeId: string, @Ctx() context: RequestContext) {
    return this.changes.promote(nodeId, context);
  }

  @Post('members/:nodeId/demote')
  @HttpCode(200)
  @Executes(demoteMember)
  @ApiOperation({
    operationId: 'demoteMember',
    summary: 'Take the vote of a node',
    description: `It goes on receiving everything. System administrators. ${inForce}`,
  })
  @Writes(ClusterDto, { problems: ['member-not-found', 'last-voter', 'quorum-at-risk', 'membership-change-pending'] })
  demote(@Param('nodeId') nodeId: string, @Ctx() context: RequestContext) {
    return this.changes.demote(nodeId, context);
  }

  @Post('leader/transfer')
  @HttpCode(200)
  @Executes(transferLeadership)
  @TakesOptionalBody(TransferLeadershipDto)
  @ApiOperation({
    operationId: 'transferLeadership',
    summary: 'Hand leadership over',
    description: `To the named voter, or to the one that is furthest along. System administrators. ${inForce}`,
  })
  @Writes(ClusterDto, { problems: ['member-not-found', 'last-voter'] })
  transfer(@OptionalBody(TransferLeadershipDto) dto: object, @Ctx() context: RequestContext) {
    return this.changes.transfer(dto, context);
  }
}
