export interface SimEvent {
  readonly at: number;
  /** Events of one instant run in the order in which they were planned. */
  readonly order: number;
  readonly run: () => void;
}

/** A binary heap: the earliest event first. */
export class EventQueue {
  private heap: SimEvent[] = [];
  private planned = 0;

  get size(): number {
    return this.heap.length;
  }

  add(at: number, run: () => void): void {
    const event = { at, order: this.planned++, run };
    const { heap } = this;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (earlier(heap[parent]!, event)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = event;
  }

  take(): SimEvent | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (earlier(last, heap[child]!)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function earlier(one: SimEvent, other: SimEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
