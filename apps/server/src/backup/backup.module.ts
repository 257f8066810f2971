import { Module } from '@nestjs/common';
import { BackupController } from './backup.controller';
import { BackupDownload } from './backup-download';
import { BackupRestore } from './backup-restore';
import { Spool } from './spool';

@Module({ controllers: [BackupController], providers: [BackupDownload, BackupRestore, Spool] })
export class BackupModule {}
