import { configs, configTombstones } from '../configs/configs.table';
import type { ConfigEntity } from '../configs/config.entity';
import type { Applied } from '../consensus/state-machine';
import type { StateView } from '../consensus/state/state';
import { encodeKey } from '../consensus/state/table-definition';
import type { MirrorChange } from './mirror-store';

const pieceRows = 100;
const pieceCharacters = 256 * 1024;
/** Rows that are looked at in one turn of the event loop. */
const lookedAt = 1_000;

export const mirrored = ({ projectId, key, version, content, modIndex }: ConfigEntity): MirrorChange => ({
  ...{ projectId, key, index: modIndex },
  value: { version, content },
});

/** What a log entry did to configs. */
export function mirrorChanges({ index, changes }: Pick<Applied, 'index' | 'changes'>): readonly MirrorChange[] {
  return changes
    .filter(({ table }) => table.name === configs.name)
    .map(({ before, after }) => {
      if (after) return mirrored(after as ConfigEntity);
      const { projectId, key } = before as ConfigEntity;
      return { projectId, key, index };
    });
}

/** All configs, and all that were deleted, that changed after the index, in pieces; others may change in between. */
export function* changedSince(state: () => StateView, since: number): Generator<readonly MirrorChange[]> {
  for (let after: string | undefined | null; after !== null;) {
    const piece: MirrorChange[] = [];
    let [looked, characters, last]: [number, number, string | null] = [0, 0, null];
    for (const row of state().of(configs).all({ after })) {
      if (row.modIndex > since) {
        piece.push(mirrored(row));
        characters += row.content.length;
      }
      looked += 1;
      if (looked < lookedAt && piece.length < pieceRows && characters < pieceCharacters) continue;
      last = encodeKey([row.projectId, row.key]);
      break;
    }
    yield piece;
    after = last;
  }
  for (let after: string | undefined | null; after !== null;) {
    const piece: MirrorChange[] = [];
    let [looked, last]: [number, string | null] = [0, null];
    for (const { projectId, key, modIndex: index } of state().of(configTombstones).all({ after })) {
      if (index > since && !state().of(configs).get(projectId, key)) piece.push({ projectId, key, index });
      looked += 1;
      if (looked < lookedAt && piece.length < pieceRows) continue;
      last = encodeKey([projectId, key]);
      break;
    }
    yield piece;
    after = last;
  }
}

/** In pieces that Redis takes in one go. */
export function* pieces(changes: readonly MirrorChange[]): Generator<readonly MirrorChange[]> {
  let [piece, characters]: [MirrorChange[], number] = [[], 0];
  for (const change of changes) {
    piece.push(change);
    characters += change.value?.content.length ?? 0;
    if (piece.length < pieceRows && characters < pieceCharacters) continue;
    yield piece;
    [piece, characters] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}
