import { setTimeout as wait } from 'node:timers/promises';
import type { Chance } from '../../sim/chance';
import type { LocalRead } from '../checker/local-reads';
import type { Action, Operation } from '../checker/operation';
import type { Administrator } from './administrator';
import type { HistoryRecorder } from './history-recorder';
import { outcomeOf } from './outcomes';
import type { Answer, Reply } from './request';
import { indexOf, isAmbiguous, isRetryable, replyText, send } from './request';

/** Where the configs are and how they are reached. */
export interface ConfigPlace {
  readonly projectId: string;
  readonly apiKey: string;
  readonly schemaId: string;
  readonly keys: readonly string[];
}

export interface Target {
  readonly id: string;
  readonly url: string;
}

/** What a client last saw of a key; a null value is a deleted one. */
interface Known {
  readonly version: number;
  readonly value: string | null;
}

/** Shorter and longer than the time-out of the server, so that both sides are the one that gives up. */
const requestTimes = [1_000, 3_000, 8_000];
/** How long a write is repeated under its Idempotency-Key before the client gives up. */
const patienceMs = 6_000;

/** One user who creates, changes, deletes, rolls back and reads a handful of configs, through whichever node. */
export class ConfigClient {
  /** Answers that the contract does not know. */
  readonly faults: string[] = [];
  readonly #known = new Map<string, Known>();
  /** Contents of revisions that this client has seen, by key. */
  readonly #revisions = new Map<string, Map<number, string>>();
  #newestIndex = 0;
  #written = 0;
  #isStopped = false;

  constructor(
    private readonly id: string,
    private readonly place: ConfigPlace,
    private readonly targets: () => readonly Target[],
    private readonly admin: Administrator,
    private readonly recorder: HistoryRecorder,
    private readonly chance: Chance,
  ) {}

  stop(): void {
    this.#isStopped = true;
  }

  async run(): Promise<void> {
    while (!this.#isStopped && this.faults.length === 0) {
      const key = this.chance.pick(this.place.keys) ?? '';
      const kind = this.chance.next();
      if (kind < 0.3) await this.#read(key);
      else if (kind < 0.5) await this.#readLocally(key);
      else await this.#change(key);
      await wait(this.chance.below(20));
    }
  }

  async #read(key: string): Promise<void> {
    const target = this.#target();
    const begun = this.recorder.begin(this.id, key, { type: 'read' });
    const reply = await this.#askForConfig(target, key, '');
    const answer = this.#answerIn(reply, begun.action, key);
    if (answer !== undefined) this.recorder.end(begun, target.id, answer.outcome, answer.index);
  }

  async #readLocally(key: string): Promise<void> {
    const maxStalenessMs = this.chance.pick([null, 300, 1_000, 5_000]) ?? null;
    const minIndex = this.chance.happens(0.3) ? this.#newestIndex : null;
    await this.#readOf(this.#target(), key, { maxStalenessMs, minIndex, isOfOwnWrite: false });
  }

  async #readOf(target: Target, key: string, wanted: Omit<LocalRead, keyof Operation | 'index'>): Promise<void> {
    const { maxStalenessMs, minIndex } = wanted;
    const query = `consistency=local${maxStalenessMs === null ? '' : `&maxStaleness=${maxStalenessMs}ms`}${minIndex === null ? '' : `&minIndex=${minIndex}`}`;
    const action = { type: 'read' } as const;
    const begun = { ...this.recorder.begin(this.id, key, action), action };
    const reply = await this.#askForConfig(target, key, query);
    const answer = this.#answerIn(reply, action, key);
    if (answer !== undefined)
      this.recorder.endLocal(begun, target.id, answer.outcome, { index: answer.index, ...wanted });
  }

  /** Whoever names the index of its write finds the write, on whichever node it asks. */
  async #readOwnWrite(key: string, written: Target, minIndex: number): Promise<void> {
    const others = this.targets().filter(({ id }) => id !== written.id);
    const target = this.chance.pick(others);
    if (target) await this.#readOf(target, key, { maxStalenessMs: null, minIndex, isOfOwnWrite: true });
  }

  /** By the management API or the read API, which go different ways. */
  #askForConfig(target: Target, key: string, query: string): Promise<Reply> {
    const question = query === '' ? '' : `?${query}`;
    return this.chance.happens(0.5)
      ? send(target.url, {
          method: 'GET',
          path: `/v1/read/${this.place.apiKey}/${key}${question}`,
          timeoutMs: this.#timeoutMs,
        })
      : this.admin.send(target.url, 'GET', `${this.#configs}/${key}${question}`, { timeoutMs: this.#timeoutMs });
  }

  async #change(key: string): Promise<void> {
    const action = this.#anAction(key);
    const begun = this.recorder.begin(this.id, key, action.action);
    const { reply, target, mayBeDone } = await this.#repeated(action);
    const answer = isAmbiguous(reply) || isRetryable(reply) ? undefined : this.#answerIn(reply, action.action, key);
    if (answer !== undefined) {
      this.recorder.end(begun, target.id, answer.outcome, answer.index);
      if (answer.outcome.type === 'done' && this.chance.happens(0.2))
        await this.#readOwnWrite(key, target, answer.index);
      return;
    }
    this.#known.delete(key);
    if (mayBeDone) this.recorder.end(begun, target.id, { type: 'unknown' }, null);
  }

  /** One command, sent until it is answered or patience ends; some clients give up at the first silence. */
  async #repeated(change: Change): Promise<{ reply: Reply; target: Target; mayBeDone: boolean }> {
    const headers = { ...change.headers, 'idempotency-key': `${this.id}-${++this.#written}-${change.salt}` };
    const isPatient = this.chance.happens(0.7);
    let mayBeDone = false;
    for (const deadline = performance.now() + patienceMs; ; await wait(50 + this.chance.below(100))) {
      const target = this.#target();
      const { method, path, body } = change;
      const reply = await this.admin.send(target.url, method, path, { body, headers, timeoutMs: this.#timeoutMs });
      mayBeDone ||= isAmbiguous(reply);
      const isSettled = !isAmbiguous(reply) && !isRetryable(reply);
      if (isSettled || !isPatient || performance.now() > deadline) return { reply, target, mayBeDone };
    }
  }

  /** Remembers what an answer teaches; undefined when there is none, or none that says anything. */
  #answerIn(
    reply: Reply,
    action: Action,
    key: string,
  ): { outcome: Exclude<ReturnType<typeof outcomeOf>, undefined>; index: number } | undefined {
    if (reply.type !== 'answer' || isRetryable(reply) || isAmbiguous(reply)) return undefined;
    const outcome = outcomeOf(reply, action);
    if (outcome === undefined) {
      this.faults.push(`${this.id} ${action.type} ${key}: ${replyText(reply)}`);
      return undefined;
    }
    this.#learn(key, action, outcome, reply);
    return { outcome, index: indexOf(reply) };
  }

  #learn(key: string, action: Action, outcome: NonNullable<ReturnType<typeof outcomeOf>>, answer: Answer): void {
    const index = indexOf(answer);
    if (Number.isSafeInteger(index)) this.#newestIndex = Math.max(this.#newestIndex, index);
    const known = this.#known.get(key);
    if (outcome.type === 'missing') this.#known.set(key, { version: known?.version ?? 0, value: null });
    else if (outcome.type === 'conflict' || outcome.type === 'taken') this.#known.delete(key);
    else if (outcome.type === 'done' && action.type === 'delete') this.#known.set(key, { version: 0, value: null });
    else if (outcome.type === 'found') this.#remember(key, outcome.version, outcome.value);
    else if (outcome.type === 'done' && 'value' in action) this.#remember(key, outcome.version ?? 0, action.value);
  }

  #remember(key: string, version: number, value: string): void {
    this.#known.set(key, { version, value });
    const revisions = this.#revisions.get(key) ?? new Map<number, string>();
    this.#revisions.set(key, revisions.set(version, value));
  }

  #anAction(key: string): Change {
    const known = this.#known.get(key);
    const content = { client: this.id, n: this.#written };
    const value = JSON.stringify(content);
    const salt = Math.floor(this.chance.next() * 2 ** 32);
    if (known === undefined || known.value === null) {
      const body = { key, schemaId: this.place.schemaId, content };
      return { action: { type: 'create', value }, method: 'POST', path: this.#configs, body, headers: {}, salt };
    }
    const isBlind = this.chance.happens(0.2);
    const expectedVersion = isBlind ? null : known.version;
    const headers: Readonly<Record<string, string>> = isBlind ? { 'if-match': '*' } : {};
    const precondition = isBlind ? {} : { expectedVersion };
    const path = `${this.#configs}/${key}`;
    const kind = this.chance.next();
    if (kind < 0.1) {
      const question = isBlind ? '' : `?expectedVersion=${known.version}`;
      return {
        action: { type: 'delete', expectedVersion },
        method: 'DELETE',
        path: `${path}${question}`,
        headers,
        salt,
      };
    }
    const revision = kind < 0.2 ? this.chance.pick([...(this.#revisions.get(key) ?? [])]) : undefined;
    if (revision !== undefined) {
      const [targetVersion, old] = revision;
      const body = { targetVersion, ...precondition };
      return {
        action: { type: 'write', value: old, expectedVersion },
        method: 'POST',
        path: `${path}/rollback`,
        body,
        headers,
        salt,
      };
    }
    const body = { content, ...precondition };
    return { action: { type: 'write', value, expectedVersion }, method: 'PUT', path, body, headers, salt };
  }

  get #timeoutMs(): number {
    return this.chance.pick(requestTimes) ?? 1_000;
  }

  get #configs(): string {
    return `/v1/projects/${this.place.projectId}/configs`;
  }

  #target(): Target {
    return this.chance.pick(this.targets()) ?? { id: 'none', url: '' };
  }
}

interface Change {
  readonly action: Exclude<Action, { type: 'read' }>;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** So that a run repeated against the same data has keys of its own. */
  readonly salt: number;
}
