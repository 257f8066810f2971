import type { ConfigEntity } from '../../configs/config.entity';
import { configCreated, configDeleted, configRolledBack, configUpdated } from '../../configs/config.events';
import type { DomainEvents } from '../../consensus/domain-events';
import { projectDeleted } from '../../projects/project.events';
import { Fifo } from './fifo';

/** What became of one config. */
export interface ConfigChange {
  readonly key: string;
  readonly version: number;
  /** The canonical text; null when it was deleted. */
  readonly content: string | null;
}

/** All that one entry of the log changed in one project. */
export interface ChangesOfIndex {
  readonly index: number;
  readonly changes: readonly ConfigChange[];
}

interface Kept extends ChangesOfIndex {
  readonly projectId: string;
  readonly changes: ConfigChange[];
}

interface Changed {
  readonly index: number;
  readonly payload: { readonly config: ConfigEntity };
}

export interface RingBounds {
  readonly changes: number;
  /** Of memory, about. */
  readonly bytes: number;
}

const defaultBounds: RingBounds = { changes: 65_536, bytes: 128 * 1024 ** 2 };
const changeOverhead = 300;
/** A character may take two bytes. */
const sizeOf = ({ key, content }: ConfigChange): number => 2 * (key.length + (content?.length ?? 0)) + changeOverhead;

/**
 * The newest changes of configs, by project and log index, for those who ask what came after an index. What is not
 * above the floor of its project has been dropped, or was never seen: it came with a state that was loaded as a whole.
 */
export class ChangeRing {
  readonly #projects = new Map<string, Fifo<Kept>>();
  readonly #all = new Fifo<Kept>();
  /** Where the state was loaded as a whole. */
  #loadedAt = 0;
  /** The newest change that was dropped, of each project that lost one. */
  readonly #droppedAt = new Map<string, number>();
  #changes = 0;
  #bytes = 0;

  constructor(private readonly bounds: RingBounds = defaultBounds) {}

  static fedBy(events: DomainEvents): ChangeRing {
    const ring = new ChangeRing();
    const changed = ({ index, payload: { config } }: Changed): void => ring.add(index, config.projectId, config);
    events.on(configCreated, changed);
    events.on(configUpdated, changed);
    events.on(configRolledBack, changed);
    events.on(configDeleted, ({ index, payload: { config, version } }) =>
      ring.add(index, config.projectId, { key: config.key, version, content: null }),
    );
    events.on(projectDeleted, ({ payload: { projectId } }) => void ring.#droppedAt.delete(projectId));
    events.onReplaced((appliedIndex) => ring.restart(appliedIndex));
    return ring;
  }

  /** Whoever knows everything of the project up to this index, or a later one, can be told what came after it. */
  floorOf(projectId: string): number {
    return this.#droppedAt.get(projectId) ?? this.#loadedAt;
  }

  /** In log order. Changes of one index in one project come one after the other. */
  add(index: number, projectId: string, { key, version, content }: ConfigChange): void {
    const change = { key, version, content };
    const ofProject = this.#projects.get(projectId) ?? new Fifo<Kept>();
    const last = ofProject.at(ofProject.length - 1);
    if (last?.index === index) last.changes.push(change);
    else {
      const kept = { index, projectId, changes: [change] };
      ofProject.push(kept);
      this.#projects.set(projectId, ofProject);
      this.#all.push(kept);
    }
    this.#changes += 1;
    this.#bytes += sizeOf(change);
    while (this.#changes > this.bounds.changes || this.#bytes > this.bounds.bytes) this.#dropOldest();
  }

  /** The first changes in the project after the index, if there were any. */
  after(projectId: string, index: number): ChangesOfIndex | undefined {
    const ofProject = this.#projects.get(projectId);
    if (!ofProject) return undefined;
    let [low, high] = [0, ofProject.length];
    // Most who ask know all but the last.
    if ((ofProject.at(high - 1)?.index ?? 0) <= index) return undefined;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ofProject.at(middle)?.index ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return ofProject.at(low);
  }

  /** Forgets everything: the state stands at this index, and nobody knows what led there. */
  restart(floor: number): void {
    this.#projects.clear();
    this.#all.clear();
    this.#changes = 0;
    this.#bytes = 0;
    this.#droppedAt.clear();
    this.#loadedAt = floor;
  }

  #dropOldest(): void {
    const oldest = this.#all.shift();
    if (!oldest) return;
    this.#droppedAt.set(oldest.projectId, oldest.index);
    for (const change of oldest.changes) {
      this.#changes -= 1;
      this.#bytes -= sizeOf(change);
    }
    const ofProject = this.#projects.get(oldest.projectId);
    ofProject?.shift();
    if (ofProject?.length === 0) this.#projects.delete(oldest.projectId);
  }
}
