import { defineCommand, theSystem } from '../../../apps/server/src/consensus/command';
import { CommandRegistry } from '../../../apps/server/src/consensus/command.registry';
import { encodeEnvelope } from '../../../apps/server/src/consensus/envelope';
import { configRevisions } from '../../../apps/server/src/configs/configs.table';
import { reject } from '../../../apps/server/src/common/rejected';
import { users } from '../../../apps/server/src/users/users.table';
import type { Chance } from '../chance';

/** A user gets an address; whoever had it loses it, or everything. Without an address the user goes. */
interface Shuffle {
  readonly user: string;
  readonly email: string | null;
  readonly revision: boolean;
}

const shuffle = defineCommand<Shuffle, null>({
  type: 'sim.shuffle',
  version: 1,
  requires: theSystem,
  apply(state, { user, email, revision }, { index, at }) {
    const rows = state.of(users);
    const held = rows.get(user);
    if (email === null) {
      if (!held) return reject('user-not-found');
      rows.delete(user);
      return null;
    }
    const holder = rows.find('email', email);
    if (holder && holder.id !== user && held) rows.put({ ...holder, email: `was-${user}-${index}`, modIndex: index });
    else if (holder && holder.id !== user) rows.delete(holder.id);
    rows.put(aUser(user, email, index, at));
    if (revision) state.append(configRevisions, aRevision(user, email, index, at));
    return null;
  },
  audit: ({ user }) => ({ subject: { type: 'user', id: user }, summary: 'An address "moved", as {they} do.' }),
});

const aUser = (id: string, email: string, index: number, at: string) => ({
  id,
  email,
  name: index % 3 === 0 ? null : `"${id}", \\ {${index}}`,
  passwordHash: 'hash',
  isAdmin: index % 2 === 0,
  createdAt: at,
  createdBy: null,
  updatedAt: at,
  updatedBy: id,
  modIndex: index,
});

const aRevision = (user: string, content: string, index: number, at: string) => ({
  projectId: 'project',
  key: user,
  version: index,
  operation: 'update' as const,
  content,
  schemaId: 'schema',
  schemaVersion: 1,
  targetVersion: index % 2 === 0 ? null : index,
  modIndex: index,
  createdAt: at,
  createdBy: null,
});

export const aShuffleRegistry = (): CommandRegistry =>
  new CommandRegistry({ tables: [users, configRevisions], commands: [shuffle] });

/** Few users and few addresses, so that what is written meets what was; now and then a command comes a second time. */
export class Commands {
  private count = 0;

  constructor(private readonly chance: Chance) {}

  next(birthIndex: number): Uint8Array {
    const { chance } = this;
    const again = this.count > 0 && chance.happens(0.05);
    const number = again ? this.count - 1 : this.count++;
    const payload: Shuffle = {
      user: `user-${chance.below(12)}`,
      email: chance.happens(0.15) ? null : `e${chance.below(8)}@example.com`,
      revision: chance.happens(0.5),
    };
    return encodeEnvelope({
      id: `command-${number}`,
      type: shuffle.type,
      version: shuffle.version,
      actor: null,
      requestId: 'request',
      trace: null,
      fingerprint: 'fingerprint',
      birthIndex,
      payload,
    });
  }
}
