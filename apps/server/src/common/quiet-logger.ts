import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** What Nest tells about every module and route while it starts is for those who debug it. */
const framework = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

@Injectable()
export class QuietLogger extends Logger {
  override log(message: unknown, ...details: unknown[]): void {
    const context = details.at(-1);
    if (typeof context === 'string' && framework.has(context)) this.debug(message, ...(details as [string]));
    else super.log(message, ...(details as [string]));
  }
}
