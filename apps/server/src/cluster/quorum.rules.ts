/** Whether the voters that would be left are too few that live for a majority: then nothing could be decided any more. */
export function endangersQuorum(voters: readonly string[], leaving: string, living: readonly string[]): boolean {
  if (!voters.includes(leaving)) return false;
  const left = voters.filter((voter) => voter !== leaving);
  const alive = left.filter((voter) => living.includes(voter));
  return alive.length <= left.length / 2;
}
