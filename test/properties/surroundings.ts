import { clusterMembers } from '../../apps/server/src/cluster/cluster-members.table';
import { configs, configTombstones } from '../../apps/server/src/configs/configs.table';
import type { StateView } from '../../apps/server/src/consensus/state/state';
import { projects } from '../../apps/server/src/projects/projects.table';
import type { RoleName } from '../../apps/server/src/roles/role.entity';
import { roles } from '../../apps/server/src/roles/roles.table';
import { closureOf, versionOf } from '../../apps/server/src/schemas/schema.rules';
import { schemas } from '../../apps/server/src/schemas/schemas.table';
import { refreshFamilies } from '../../apps/server/src/users/refresh-families.table';
import { users } from '../../apps/server/src/users/users.table';
import type { Pick } from './pick';
import { json, noise, text } from './texts';

type Minted = Map<string, string[]>;
interface Place {
  readonly projectId: string;
  readonly key: string;
}
type Named = readonly [id: string, value: string];
type NamedPair = readonly [Named, Named];

const keys = ['a', 'a.b', 'B', 'constructor', `z${'-'.repeat(254)}`];

/** What a proposer sees around it: the state, every id that ever was, and chance. */
export class Surroundings {
  constructor(
    readonly pick: Pick,
    readonly state: StateView,
    readonly index: number,
    private readonly minted: Minted,
    private readonly number: number,
  ) {}

  #mints = 0;
  mint(kind: string): string {
    const id = `${kind}-${this.number}-${++this.#mints}`;
    this.minted.set(kind, [...(this.minted.get(kind) ?? []), id]);
    return id;
  }

  orNull<T>(make: () => T): T | null {
    return this.pick.chance(0.3) ? null : make();
  }

  maybe<const Name extends string, T>(name: Name, make: () => T): { readonly [key in Name]?: T } {
    return this.pick.chance(0.4) ? ({ [name]: make() } as { [key in Name]: T }) : {};
  }

  /** Mostly one that is, sometimes one that was, rarely one that never was and that is hard to store. */
  #id(kind: string, present: readonly string[]): string {
    const ever = this.minted.get(kind) ?? [];
    if (present.length > 0 && this.pick.chance(0.85)) return this.pick.of(present);
    if (ever.length > 0 && this.pick.chance(0.8)) return this.pick.of(ever);
    if (this.pick.chance(0.7)) return 'nothing';
    return this.pick.chance(0.4) ? noise(this.pick, 9_000) : this.pick.of(['a\u0000b', '\ud800']);
  }

  userId = (): string =>
    this.#id(
      'user',
      [...this.state.of(users).all()].map(({ id }) => id),
    );
  projectId = (): string =>
    this.#id(
      'project',
      [...this.state.of(projects).all()].map(({ id }) => id),
    );
  schemaId = (): string =>
    this.#id(
      'schema',
      [...this.state.of(schemas).all()].map(({ id }) => id),
    );
  familyId = (): string =>
    this.#id(
      'family',
      [...this.state.of(refreshFamilies).all()].map(({ id }) => id),
    );

  /** Few of them are removed, so few names must do. */
  nodeId(): string {
    const members = [...this.state.of(clusterMembers).all()].filter(({ standing }) => standing !== 'removed');
    if (members.length > 1 && this.pick.chance(0.6)) return this.pick.of(members).nodeId;
    return `node-${this.pick.below(40)}`;
  }

  actor(): string {
    const admins = [...this.state.of(users).list('byAdmin', ['true'])].map(({ id }) => id);
    return admins.length > 0 && this.pick.chance(0.7) ? this.pick.of(admins) : this.userId();
  }

  passwordHash(userId?: string): string {
    const held = userId === undefined ? undefined : this.state.of(users).get(userId)?.passwordHash;
    return held !== undefined && this.pick.chance(0.9) ? held : 'a guess';
  }

  tokenHash(familyId: string): string {
    const held = this.state.of(refreshFamilies).get(familyId)?.tokenHash;
    return held !== undefined && this.pick.chance(0.8) ? held : 'a used one';
  }

  ifMatch(table: 'users' | 'projects' | 'roles'): number | null {
    if (this.pick.chance(0.8)) return null;
    const rows = [...this.state.of({ users, projects, roles }[table] as typeof users).all()];
    return rows.length > 0 && this.pick.chance(0.5) ? this.pick.of(rows).modIndex : -1;
  }

  rolePlace(): { readonly projectId: string; readonly userId: string } {
    const held = [...this.state.of(roles).all()];
    if (held.length === 0 || this.pick.chance(0.2)) return { projectId: this.projectId(), userId: this.userId() };
    const { projectId, userId } = this.pick.of(held);
    return { projectId, userId };
  }

  role = (): RoleName => this.pick.of(['admin', 'editor', 'viewer']);
  key = (): string => this.pick.of(keys);

  schemaNames() {
    return { name: text(this.pick, 'schema'), description: this.orNull(() => text(this.pick, 'words')) };
  }

  /** A schema's own `$id` seldom changes, because that is refused as long as others refer to it. */
  schemaUri(schemaId: string): string | null {
    const held = this.state.of(schemas).get(schemaId)?.schemaUri ?? null;
    return this.pick.chance(0.8) ? held : this.orNull(() => text(this.pick, 'uri'));
  }

  /** Content, references and what they were checked with, which may be out of date. */
  inspected() {
    const references = this.pick.chance(0.4) ? [...new Set([this.schemaId(), this.schemaId()])] : [];
    const schemaUri = this.orNull(() => text(this.pick, 'uri'));
    return { content: json(this.pick), draft: '2020-12', schemaUri, references, closure: this.#closure(references) };
  }

  #closure(schemaIds: readonly string[]) {
    const known = schemaIds.filter((id) => this.state.of(schemas).get(id));
    const unknown = schemaIds.filter((id) => !known.includes(id)).map((schemaId) => ({ schemaId, version: 1 }));
    const found = known.flatMap((id) => closureOf(this.state, id)).map(versionOf);
    const late = this.pick.chance(0.1) ? 1 : 0;
    return [...unknown, ...found.map(({ schemaId, version }) => ({ schemaId, version: version - late }))];
  }

  checkedIndex = (): number => Math.max(0, this.index - (this.pick.chance(0.7) ? 0 : this.pick.below(20)));

  /** Content for the schema that a config there has, or for another. */
  checkedContent(place?: Place) {
    const held = place && this.state.of(configs).get(place.projectId, place.key)?.schemaId;
    const schemaId = held !== undefined && this.pick.chance(0.8) ? held : this.schemaId();
    return { content: json(this.pick), schemaId, closure: this.#closure([schemaId]) };
  }

  configPlace(): Place {
    const places = [...this.state.of(configs).all(), ...this.state.of(configTombstones).all()];
    if (places.length === 0 || this.pick.chance(0.1)) return { projectId: this.projectId(), key: this.key() };
    const { projectId, key } = this.pick.of(places);
    return { projectId, key };
  }

  configPrecondition = ({ projectId, key }: Place) => this.#precondition(this.state.of(configs).get(projectId, key));
  schemaPrecondition = (schemaId: string) => this.#precondition(this.state.of(schemas).get(schemaId));

  #precondition(row: { readonly version: number; readonly modIndex: number } | undefined) {
    const { version = 1, modIndex = 1 } = row ?? {};
    const late = this.pick.chance(0.15) ? 1 : 0;
    return {
      expectedVersion: this.orNull(() => version - late),
      ifMatch: this.pick.chance(0.8) ? null : modIndex - late,
    };
  }

  twoUsers = (): NamedPair | undefined =>
    this.#two([...this.state.of(users).all()].map(({ id, email }) => [id, email] as const));
  twoProjects = (): NamedPair | undefined =>
    this.#two([...this.state.of(projects).all()].map(({ id, name }) => [id, name] as const));

  #two(named: readonly Named[]): NamedPair | undefined {
    const one = named.length < 2 ? undefined : this.pick.of(named);
    const others = named.filter((other) => other !== one);
    return one && [one, this.pick.of(others)];
  }
}
