import type { ApplyContext } from './command';

/** The stamp of a row that a command creates. */
export const created = ({ index, at, actorId }: ApplyContext) => ({
  modIndex: index,
  createdAt: at,
  createdBy: actorId,
  updatedAt: at,
  updatedBy: actorId,
});

/** The part of the stamp that every change renews. */
export const touched = ({ index, at, actorId }: ApplyContext) => ({
  modIndex: index,
  updatedAt: at,
  updatedBy: actorId,
});
