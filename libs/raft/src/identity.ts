/**
 * A member is a node together with one life of its disk, written `node#incarnation`. Votes, acknowledgements and the
 * configuration all speak of members, so what a node promised before its disk was wiped is never counted for the disk
 * it has now. To the core a member is an opaque string.
 */
export type MemberId = string;

export function memberId(node: string, incarnation: string): MemberId {
  return `${node}#${incarnation}`;
}

/** The node a member lives on; a name without an incarnation is its own node. */
export function nodeOf(member: MemberId): string {
  const at = member.indexOf('#');
  return at < 0 ? member : member.slice(0, at);
}
