import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../env';
import type { Environment } from '../env';
import { ReloadedKeyPair } from './reloaded-key-pair';

/** What this node shows to clients and to peers, if anything. */
@Injectable()
export class Certificates implements OnApplicationBootstrap, OnModuleDestroy {
  readonly api: ReloadedKeyPair | undefined;
  readonly peers: ReloadedKeyPair | undefined;

  constructor(@Inject(ENVIRONMENT) environment: Environment, pino: PinoLogger) {
    const log = { info: (text: string) => pino.info(text), error: (text: string) => pino.error(text) };
    const { tlsCert, tlsKey, adminTlsCa, raftTlsCert, raftTlsKey, raftTlsCa, clusterSecrets } = environment;
    if (tlsCert !== null && tlsKey !== null)
      this.api = new ReloadedKeyPair(
        'TLS_CERT',
        { cert: tlsCert, key: tlsKey, ...(adminTlsCa && { ca: adminTlsCa }) },
        log,
      );
    if (clusterSecrets !== null && raftTlsCert !== null && raftTlsKey !== null && raftTlsCa !== null) {
      const parts = { cert: raftTlsCert, key: raftTlsKey, ca: raftTlsCa };
      this.peers = new ReloadedKeyPair('RAFT_TLS_CERT', parts, log);
    }
  }

  onApplicationBootstrap(): void {
    this.api?.start();
    this.peers?.start();
  }

  onModuleDestroy(): void {
    this.api?.stop();
    this.peers?.stop();
  }
}
