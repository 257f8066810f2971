import { Global, Module } from '@nestjs/common';
import { RedisConnections } from '../redis/redis-connections';
import { FailureLimits } from './failure-limits';
import { RequestLimits } from './request-limits';

@Global()
@Module({
  providers: [
    {
      provide: RequestLimits,
      useFactory: (redis: RedisConnections) => new RequestLimits(redis),
      inject: [RedisConnections],
    },
    {
      provide: FailureLimits,
      useFactory: (redis: RedisConnections) => new FailureLimits(redis),
      inject: [RedisConnections],
    },
  ],
  exports: [RequestLimits, FailureLimits],
})
export class LimitsModule {}
