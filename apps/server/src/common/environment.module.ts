import type { DynamicModule } from '@nestjs/common';
import { Global, Module } from '@nestjs/common';
import { ENVIRONMENT } from './env';
import type { Environment } from './env';
import { Certificates } from './tls/certificates';

@Global()
@Module({})
export class EnvironmentModule {
  static with(environment: Environment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [{ provide: ENVIRONMENT, useValue: environment }, Certificates],
      exports: [ENVIRONMENT, Certificates],
    };
  }
}
