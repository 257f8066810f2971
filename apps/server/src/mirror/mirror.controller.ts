import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Reads } from '../common/http/api-docs';
import { Requires } from '../consensus/access.decorators';
import { systemAdmin } from '../users/users.permissions';
import { Mirror } from './mirror';

export class MirrorDto {
  @ApiProperty({ description: 'REDIS_MIRROR is set on the node that was asked.' })
  readonly isOn: boolean;

  @ApiProperty({
    description: 'The node that was asked leads, and so writes the mirror; it alone knows how far it is.',
  })
  readonly isWriting: boolean;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Every change up to this log index is in Redis.' })
  readonly index: number | null;

  @ApiProperty({ type: 'integer', description: 'Configs whose last change is not in Redis yet.' })
  readonly pendingChanges: number;

  @ApiProperty({ type: 'integer', description: 'The milliseconds since Redis last held everything.' })
  readonly behindMs: number;

  @ApiProperty({ type: 'integer', description: 'Changes that this node has written since it started.' })
  readonly writtenChanges: number;

  @ApiProperty({ type: 'integer', description: 'Rebuilds by this node since it started.' })
  readonly rebuilds: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Another cluster whose mirror lies in this Redis, which is left alone until a rebuild takes its place.',
  })
  readonly foreignClusterId: string | null;
}

@ApiTags('Cluster')
@ApiBearerAuth()
@Controller('v1/cluster/mirror')
export class MirrorController {
  constructor(private readonly mirror: Mirror) {}

  @Get()
  @Requires(systemAdmin)
  @ApiOperation({
    operationId: 'getMirror',
    summary: 'The copy of the configs in Redis',
    description: 'As the node that is asked sees it. System administrators.',
  })
  @Reads(MirrorDto, { problems: ['forbidden'] })
  get(): MirrorDto {
    return this.mirror.standing;
  }

  @Post('rebuild')
  @HttpCode(200)
  @Requires(systemAdmin)
  @ApiOperation({
    operationId: 'rebuildMirror',
    summary: 'Write the copy of the configs in Redis anew',
    description: 'By the node that is asked, in the background. No value is missing meanwhile. System administrators.',
  })
  @Reads(MirrorDto, { problems: ['forbidden', 'mirror-off'] })
  rebuild(): MirrorDto {
    this.mirror.rebuild();
    return this.mirror.standing;
  }
}
