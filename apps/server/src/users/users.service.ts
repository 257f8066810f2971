import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import type { Page, SearchQuery } from '../common/http/page';
import { containing, decodeCursor, paged } from '../common/http/page';
import { ifMatchOf, tellingEtag } from '../common/http/precondition';
import type { RequestContext } from '../common/http/request-context';
import { reject, Rejected } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { createUser } from './commands/create-user.command';
import { deleteUser } from './commands/delete-user.command';
import { updateUser } from './commands/update-user.command';
import { CredentialCheck } from './credential-check';
import { PasswordRules } from './password-rules';
import { PasswordWork } from './password-work';
import type { SecurityNotice } from './security-notices';
import { SecurityNotices } from './security-notices';
import type { UserEntity } from './user.entity';
import type { PublicUser } from './user.rules';
import { normalizeEmail, publicUser, requireFreeEmail, requireUser } from './user.rules';
import type { CreateUserDto, UpdateUserDto } from './users.dto';
import { requireActor } from './users.permissions';
import { users } from './users.table';

@Injectable()
export class UsersService {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly credentials: CredentialCheck,
    private readonly passwords: PasswordRules,
    private readonly work: PasswordWork,
    private readonly notices: SecurityNotices,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  list({ limit, cursor, q }: SearchQuery): Page<PublicUser> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, 1)[0];
    const rows = containing(this.consensus.state.of(users).all({ after }), q, ({ email, name }) => [email, name]);
    return paged(rows, { limit, maxBytes: this.environment.maxResponseBytes }, publicUser, ({ id }) => [id]);
  }

  get(userId: string): PublicUser {
    return publicUser(requireUser(this.consensus.state, userId));
  }

  async create(dto: CreateUserDto, context: RequestContext): Promise<PublicUser> {
    const email = normalizeEmail(dto.email);
    await this.passwords.require(dto.password);
    // Hashing a password takes a fifth of a second: not for an e-mail that is taken, nor for a repeated request.
    if (!this.consensus.keptOutcome(context)) requireFreeEmail(this.consensus.state, email);
    const passwordHash = await this.work.hash(dto.password, context.deadline);
    const payload = {
      userId: randomUUID(),
      email,
      name: dto.name ?? null,
      passwordHash,
      isAdmin: dto.isAdmin ?? false,
    };
    return (await this.consensus.execute(createUser, payload, context)).result;
  }

  async update(userId: string, dto: UpdateUserDto, context: RequestContext): Promise<PublicUser> {
    const { password, currentPassword: _checked, email, ...change } = dto;
    if (password !== undefined) await this.passwords.require(password);
    const checkedPasswordHash = await this.#checkCurrentPassword(userId, dto, context);
    const payload = {
      ...change,
      userId,
      ifMatch: ifMatchOf(context.ifMatch),
      ...(email !== undefined && { email: normalizeEmail(email) }),
      ...(password !== undefined && { passwordHash: await this.work.hash(password, context.deadline) }),
      ...(checkedPasswordHash !== undefined && { checkedPasswordHash }),
    };
    const before = this.consensus.state.of(users).get(userId);
    const { result, repeated } = await this.#tellingEtag(userId, this.consensus.execute(updateUser, payload, context));
    if (before && !repeated) {
      if (password !== undefined) this.#tell('password-changed', before, context);
      if (before.email !== result.email) this.#tell('email-changed', before, context);
    }
    return result;
  }

  #tell(kind: SecurityNotice['kind'], { id: userId, email }: UserEntity, context: RequestContext): void {
    const { actorId, requestId } = context;
    this.notices.tell({ kind, userId, email, actorId, requestId });
  }

  async delete(userId: string, context: RequestContext): Promise<void> {
    const payload = { userId, ifMatch: ifMatchOf(context.ifMatch) };
    await this.#tellingEtag(userId, this.consensus.execute(deleteUser, payload, context));
  }

  #tellingEtag<T>(userId: string, write: Promise<T>): Promise<T> {
    return tellingEtag(() => this.consensus.state.of(users).get(userId), write);
  }

  /** Whoever changes their own password proves that they know the old one. */
  async #checkCurrentPassword(
    userId: string,
    { password, currentPassword }: UpdateUserDto,
    context: RequestContext,
  ): Promise<string | undefined> {
    if (password === undefined || this.consensus.keptOutcome(context)) return undefined;
    const user = requireUser(this.consensus.state, userId);
    if (currentPassword === undefined && requireActor(this.consensus.state, context.actorId).id !== userId)
      return undefined;
    if (currentPassword === undefined) {
      reject('validation-failed', {
        errors: [{ pointer: '/currentPassword', message: 'is needed to change your own password' }],
      });
    }
    const checked = this.credentials.check(user.email, currentPassword, context).catch(namingCurrentPassword);
    return (await checked).passwordHash;
  }
}

/** The request has two passwords, and one of them is wrong. */
function namingCurrentPassword(error: unknown): never {
  if (!(error instanceof Rejected) || error.code !== 'invalid-credentials') throw error;
  throw new Rejected(error.code, { errors: [{ pointer: '/currentPassword', message: 'is not your password' }] });
}
