import { encodeKey } from '../../consensus/state/table-definition';
import type { ReadLevel } from '../../common/http/request-context';
import { hashApiKey, isApiKey } from '../../projects/api-key';
import type { ReadSource } from '../fast/read-source';
import type { ServedConfig } from '../prepared-answers';
import type { Freshness, FromNode } from './messages';
import { monotonicMs } from './messages';

interface Question {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Beyond it the node is so slow that reads are better passed on. */
const mostQuestions = 1_000;

/** A worker's copy of what reads need of the node's state, moved by what the node tells and by nothing else. */
export class Replica implements ReadSource {
  readonly #configs = new Map<string, ServedConfig>();
  readonly #projects = new Map<string, string>();
  readonly #questions = new Map<number, Question>();
  readonly #asking: Partial<Record<ReadLevel, Promise<void>>> = {};
  #lastQuestion = 0;
  #isFilled = false;
  #index = 0;
  #freshness: Freshness = { isServing: false, confirmedAt: null };

  constructor(
    private readonly ask: (question: number, level: ReadLevel) => void,
    private readonly now: () => number = monotonicMs,
  ) {}

  get isServing(): boolean {
    return this.#isFilled && this.#freshness.isServing;
  }

  get wasConfirmed(): boolean {
    return this.#freshness.confirmedAt !== null;
  }

  get ageMs(): number {
    return this.now() - (this.#freshness.confirmedAt ?? Number.NEGATIVE_INFINITY);
  }

  get index(): number {
    return this.#index;
  }

  projectOf(apiKey: string): string | undefined {
    return isApiKey(apiKey) ? this.#projects.get(hashApiKey(apiKey)) : undefined;
  }

  config(projectId: string, key: string): ServedConfig | undefined {
    return this.#configs.get(encodeKey([projectId, key]));
  }

  /** Other workers, and the node itself, may have been told and asked earlier. */
  get isBehind(): boolean {
    return true;
  }

  /** The node has it, and bytes of this size cost little to pass on. */
  heldSnapshot(): undefined {
    return undefined;
  }

  confirm(): Promise<void> {
    return this.#question('linearizable');
  }

  catchUp(): Promise<void> {
    return this.#question('local');
  }

  /** One question for all reads of a turn of the event loop: it is sent when they have all come. */
  #question(level: ReadLevel): Promise<void> {
    const asking = this.#asking[level];
    if (asking) return asking;
    if (this.#questions.size >= mostQuestions) return Promise.reject(new Error('the node does not answer'));
    const question = ++this.#lastQuestion;
    const answered = new Promise<void>((resolve, reject) => this.#questions.set(question, { resolve, reject }));
    setImmediate(() => {
      this.#asking[level] = undefined;
      this.ask(question, level);
    });
    return (this.#asking[level] = answered);
  }

  receive(message: FromNode): void {
    switch (message.type) {
      case 'begin':
        this.#isFilled = false;
        this.#configs.clear();
        return this.#projects.clear();
      case 'filled':
        this.#isFilled = true;
        return;
      case 'changes':
        return this.#change(message);
      case 'fresh':
        this.#freshness = message;
        return;
      case 'confirmed':
        this.#freshness = message;
        return this.#taken(message.question)?.resolve();
      case 'unconfirmed':
        return this.#taken(message.question)?.reject(new Error('the node could not confirm its state'));
      case 'settings':
      case 'key-pair':
      case 'stop':
        return;
    }
  }

  #change({ index, configs, apiKeys }: FromNode & { readonly type: 'changes' }): void {
    for (const [projectId, key, config] of configs) {
      const place = encodeKey([projectId, key]);
      if (config === null) this.#configs.delete(place);
      else this.#configs.set(place, config);
    }
    for (const [hash, projectId] of apiKeys) {
      if (projectId === null) this.#projects.delete(hash);
      else this.#projects.set(hash, projectId);
    }
    this.#index = index;
  }

  #taken(question: number): Question | undefined {
    const asked = this.#questions.get(question);
    this.#questions.delete(question);
    return asked;
  }
}
