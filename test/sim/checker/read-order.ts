import { require } from './violation';

/**
 * Linearizability of reads. All members apply one history, so a position in it stands for what a read saw: it must not
 * lie before a write that was acknowledged, or what another read saw, before this read began.
 */
export class ReadOrder {
  private visible = 0;
  checked = 0;

  writeAcknowledged(index: number): void {
    if (index > this.visible) this.visible = index;
  }

  /** The earliest position that a read beginning now may see. */
  begin(): number {
    return this.visible;
  }

  end(floor: number, saw: number, where: string): void {
    this.checked++;
    require(saw >= floor, 'Linearizable Reads', () =>
      `a read on ${where} saw the state at ${saw}; ${floor} was visible before it began`);
    if (saw > this.visible) this.visible = saw;
  }
}
