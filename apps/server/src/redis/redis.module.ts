import { Global, Module } from '@nestjs/common';
import { Circuits } from '../common/resilience/circuits';
import { RedisConnections } from './redis-connections';

@Global()
@Module({ providers: [Circuits, RedisConnections], exports: [Circuits, RedisConnections] })
export class RedisModule {}
