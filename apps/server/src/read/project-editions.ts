import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { reject } from '../common/rejected';
import type { ConfigEntity } from '../configs/config.entity';
import { configCreated, configDeleted, configRolledBack, configUpdated } from '../configs/config.events';
import { configs, configTombstones } from '../configs/configs.table';
import { ConsensusService } from '../consensus/consensus.service';
import { DomainEvents } from '../consensus/domain-events';
import type { ProjectEntity } from '../projects/project.entity';
import { projects } from '../projects/projects.table';

/** All configs of a project as they stand between two changes. */
export interface ProjectEdition {
  /** The log index of the change that made it. The same on every node and after every restart. */
  readonly index: number;
}

const mostKept = 10_000;

/** Tells the edition of each project: a new one with every change of a config, deletions too. */
@Injectable()
export class ProjectEditions {
  readonly #editions = new LRUCache<string, ProjectEdition & { readonly project: ProjectEntity }>({ max: mostKept });

  constructor(
    private readonly consensus: ConsensusService,
    events: DomainEvents,
  ) {
    const changed = ({ payload }: { readonly payload: { readonly config: ConfigEntity } }): void =>
      void this.#editions.delete(payload.config.projectId);
    events.on(configCreated, changed);
    events.on(configUpdated, changed);
    events.on(configRolledBack, changed);
    events.on(configDeleted, changed);
  }

  of(projectId: string): ProjectEdition {
    const project = this.consensus.state.of(projects).get(projectId) ?? reject('project-not-found');
    const kept = this.#editions.get(projectId);
    // Another row of the project: it was changed, or the whole state was replaced, for which there are no events.
    if (kept?.project === project) return kept;
    const edition = { index: this.#lastChange(project), project };
    this.#editions.set(projectId, edition);
    return edition;
  }

  /** From the rows alone: a deleted config has left a tombstone, and the project itself is older than what is in it. */
  #lastChange({ id, modIndex }: ProjectEntity): number {
    let last = modIndex;
    for (const table of [configs, configTombstones]) {
      for (const row of this.consensus.state.of<{ modIndex: number }, 'byProject'>(table).list('byProject', [id]))
        last = Math.max(last, row.modIndex);
    }
    return last;
  }
}
