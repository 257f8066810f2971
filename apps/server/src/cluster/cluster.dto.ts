import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { IsAddress } from './is-address';

const nodeIdSchema = { minLength: 1, maxLength: 63, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', example: 'node-4' };
const IsNodeId = () =>
  Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
    message: 'must be 1 to 63 letters, digits, dots, dashes and underscores',
  });

export class AddMemberDto {
  @ApiProperty({ ...nodeIdSchema, description: 'NODE_ID of the waiting node.' })
  @IsString()
  @IsNodeId()
  readonly id: string;

  @ApiProperty({ example: '10.0.0.4:7400', maxLength: 300, description: 'Where it waits for its peers: `host:port`.' })
  @IsString()
  @IsAddress()
  readonly raftAddress: string;

  @ApiProperty({ example: 'http://10.0.0.4:8080', format: 'uri', maxLength: 500, description: 'URL of its HTTP API.' })
  @IsString()
  @Matches(/^https?:\/\/[^\s?#]{1,490}$/, { message: 'must be a URL such as http://10.0.0.4:8080' })
  readonly apiAddress: string;
}

export class TransferLeadershipDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    ...nodeIdSchema,
    description: 'Left out: the voter that is furthest along.',
  })
  @IsOptional()
  @IsString()
  @IsNodeId()
  readonly to?: string | null;
}

export class MemberDto {
  @ApiProperty({ example: 'node-1' })
  readonly id: string;

  @ApiProperty({ example: '10.0.0.1:7400', description: 'host:port for its peers.' })
  readonly raftAddress: string;

  @ApiProperty({ example: 'http://10.0.0.1:8080', description: 'URL of its HTTP API.' })
  readonly apiAddress: string;

  @ApiProperty({ enum: ['voter', 'learner'], description: 'A learner receives everything and has no vote.' })
  readonly role: 'voter' | 'learner';

  @ApiProperty()
  readonly isLeader: boolean;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'It holds the log durably up to here; null when no leader could be asked.',
  })
  readonly matchIndex: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Milliseconds since the leader last heard of it; null when it never has, or could not be asked.',
  })
  readonly lastContactMs: number | null;

  @ApiProperty({ example: '0.1.0', description: 'The release that it runs.' })
  readonly version: string;
}

export class ClusterDto {
  @ApiProperty({ example: '1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b' })
  readonly clusterId: string;

  @ApiProperty({ example: 'node-1', description: 'The node that answers.' })
  readonly nodeId: string;

  @ApiProperty({ enum: ['leader', 'follower', 'candidate', 'learner'], description: 'What that node is.' })
  readonly role: 'leader' | 'follower' | 'candidate' | 'learner';

  @ApiProperty({ type: 'integer' })
  readonly term: number;

  @ApiProperty({ type: String, nullable: true, example: 'node-1' })
  readonly leaderId: string | null;

  @ApiProperty({ type: 'integer', description: 'Newest log index that this node knows to be committed.' })
  readonly commitIndex: number;

  @ApiProperty({ type: 'integer', description: 'Newest log index that its state reflects.' })
  readonly appliedIndex: number;

  @ApiProperty({ type: 'integer', description: 'Newest log index that its PostgreSQL shows.' })
  readonly flushedIndex: number;

  @ApiProperty({ description: 'Equal on all nodes that stand at the same index.' })
  readonly stateHash: string;

  @ApiProperty({ type: 'integer', example: 1, description: 'What all members understand; raised after an upgrade.' })
  readonly clusterVersion: number;

  @ApiProperty({ type: [MemberDto], description: 'The configuration in force.' })
  readonly members: MemberDto[];
}
