import type { DynamicModule } from '@nestjs/common';
import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from './env';
import type { Environment } from './env';

@Global()
@Module({})
export class EnvironmentModule {
  static with(environment: Environment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [{ provide: ENVIRONMENT, useValue: environment }],
      exports: [ENVIRONMENT],
    };
  }
}
