import { Injectable } from '@nestjs/common';
import type { CircuitOptions } from './circuit';
import { Circuit } from './circuit';

/** All circuits of the node, for those who tell of them. */
@Injectable()
export class Circuits {
  readonly #circuits: Circuit[] = [];

  get all(): readonly Circuit[] {
    return this.#circuits;
  }

  add(options: CircuitOptions): Circuit {
    const circuit = new Circuit(options);
    this.#circuits.push(circuit);
    return circuit;
  }
}
