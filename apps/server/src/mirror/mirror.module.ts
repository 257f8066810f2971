import { Module } from '@nestjs/common';
import { Mirror } from './mirror';
import { MirrorController } from './mirror.controller';

@Module({ controllers: [MirrorController], providers: [Mirror], exports: [Mirror] })
export class MirrorModule {}
