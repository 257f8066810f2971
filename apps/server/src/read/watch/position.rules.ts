/**
 * Up to which log index a client knows everything, by its Last-Event-ID. Undefined: it did not say, so from now on. -1: it
 * knows nothing, or something that no node has ever said, so it has to be told everything.
 */
export function positionOf(lastEventId: string | readonly string[] | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  const index = typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : 0;
  return index === 0 ? -1 : index;
}
