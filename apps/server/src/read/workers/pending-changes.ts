import { configs } from '../../configs/configs.table';
import type { ConfigEntity } from '../../configs/config.entity';
import type { Applied } from '../../consensus/state-machine';
import type { ApiKeyEntity } from '../../projects/api-key.entity';
import { apiKeys } from '../../projects/projects.table';
import type { ServedConfig } from '../prepared-answers';
import type { ApiKeyState, ConfigState } from './messages';

/** Of a row only what is served. */
export const served = ({ key, version, content, modIndex }: ConfigEntity): ServedConfig => ({
  key,
  version,
  content,
  modIndex,
});

/** What the log changed since it was last told: of each row the last, because nobody has seen those in between. */
export class PendingChanges {
  #configs = new Map<string, ConfigState>();
  #apiKeys = new Map<string, ApiKeyState>();

  add({ changes }: Pick<Applied, 'changes'>): void {
    for (const { table, key, before, after } of changes) {
      if (table.name === configs.name) this.#configs.set(key, configState(before, after));
      else if (table.name === apiKeys.name) {
        const row = after as ApiKeyEntity | undefined;
        this.#apiKeys.set(key, [key, row?.projectId ?? null]);
      }
    }
  }

  take(): { readonly configs: readonly ConfigState[]; readonly apiKeys: readonly ApiKeyState[] } {
    const taken = { configs: [...this.#configs.values()], apiKeys: [...this.#apiKeys.values()] };
    this.clear();
    return taken;
  }

  clear(): void {
    if (this.#configs.size > 0) this.#configs = new Map();
    if (this.#apiKeys.size > 0) this.#apiKeys = new Map();
  }
}

function configState(before: object | undefined, after: object | undefined): ConfigState {
  const row = (after ?? before) as ConfigEntity;
  return [row.projectId, row.key, after === undefined ? null : served(row)];
}
