import type { Mutant } from '../mutants';

const server = (name: string) => `apps/server/src/consensus/${name}.ts`;
const node = (name: string) => `libs/raft-node/src/${name}.ts`;

/** Bugs of one node with its log and its database: planted while the sources are loaded. */
export const NODE_MUTANTS: readonly Mutant[] = [
  {
    name: 'one node: sync skipped',
    file: node('wal/write-ahead-log'),
    find: 'active.file.writeAt(this.end, frame);\n    active.file.sync();',
    replace: 'active.file.writeAt(this.end, frame);',
  },
  {
    name: 'one node: apply before the own sync',
    file: 'libs/raft/src/log.ts',
    find: 'const hi = Math.min(this.committed, this.stableIndex()) + 1;',
    replace: 'const hi = this.committed + 1;',
  },
  {
    name: 'one node: install order swapped, the database before the mark',
    file: node('driver/log-writer'),
    find: 'await log.beginInstall({ index, term, configuration: encodeConfiguration(configuration) });\n    await install(snapshot);',
    replace:
      'await install(snapshot);\n    await log.beginInstall({ index, term, configuration: encodeConfiguration(configuration) });',
  },
  {
    name: 'one node: install order swapped, the end before the database',
    file: node('driver/log-writer'),
    find: 'await install(snapshot);\n    await log.endInstall(index, term);',
    replace: 'await log.endInstall(index, term);\n    await install(snapshot);',
  },
  {
    name: 'one node: the mark of an installation not synced',
    file: node('durable-log'),
    find: 'this.log.beginInstall(mark);\n      this.log.sync();',
    replace: 'this.log.beginInstall(mark);',
  },
  {
    name: 'one node: rows forgotten before a synchronous commit',
    file: server('persister'),
    find: 'if (durable) {\n      this.#queue.forgetSent();',
    replace: 'this.#queue.forgetSent();\n    if (durable) {',
  },
  {
    name: 'one node: an asynchronous commit told to be durable',
    file: server('persister'),
    find: 'this.#committed(durable);',
    replace: 'this.#committed(durable || from % 2 === 0);',
  },
  {
    name: 'one node: synchronous commits made asynchronously',
    file: server('persister-batch'),
    find: "${options.durable ? 'on' : 'off'}",
    replace: 'off',
  },
  {
    name: 'one node: a write-through that writes nothing',
    file: server('persister-batch'),
    find: 'await session.query(touchMeta, [index]);',
    replace: "await session.query('SELECT applied_index FROM raft_meta WHERE id = 1');",
  },
  {
    name: 'one node: what a crash took is not sent again',
    file: server('persister-queue'),
    find: 'this.#sent = sent;',
    replace: 'this.#sent = Math.max(this.#sent, sent);',
  },
  {
    name: 'one node: where the database stands asked without waiting for a lost transaction',
    file: server('persister-meta'),
    find: "'SELECT applied_index FROM raft_meta WHERE id = 1 FOR UPDATE'",
    replace: "'SELECT applied_index FROM raft_meta WHERE id = 1'",
  },
  {
    name: 'one node: told to be visible before it is sent',
    file: server('persister'),
    find: 'if (this.#isConnected && index <= this.#queue.sentIndex)',
    replace: 'if (this.#isConnected && index <= this.#queue.lastIndex)',
  },
  {
    name: 'one node: told to be visible while nobody knows what a crash has left',
    file: server('persister'),
    find: 'if (this.#isConnected && index <= this.#queue.sentIndex)',
    replace: 'if (index <= this.#queue.sentIndex)',
  },
  {
    name: 'one node: the first change of a row wins, not the last',
    file: server('persister-batch'),
    find: 'else entryOf(last, table, () => new Map<string, PendingRow>()).set(key, pending);',
    replace:
      'else { const of = entryOf(last, table, () => new Map<string, PendingRow>()); if (!of.has(key)) of.set(key, pending); }',
  },
  {
    name: 'one node: an outcome leaves the database too early',
    file: server('persister-batch'),
    find: 'values: [position.index - options.windowLength]',
    replace: 'values: [position.index - options.windowLength + 2]',
  },
  {
    name: 'one node: boot goes by what a crash may still take',
    file: server('restore-state'),
    find: 'if (found) await writeThrough(session, found.appliedIndex);',
    replace: '',
  },
  {
    name: 'one node: an interrupted installation taken for a lost log',
    file: server('restore-state.checks'),
    find: 'if (appliedIndex === installingIndex) return;',
    replace: '',
  },
  {
    name: 'one node: an interrupted installation not finished',
    file: node('driver/boot'),
    find: 'installing.index !== appliedIndex)',
    replace: 'installing.index >= 0)',
  },
  {
    name: 'one node: a snapshot committed asynchronously',
    file: server('snapshots/install-snapshot'),
    find: 'BEGIN; SET LOCAL synchronous_commit = on; SET',
    replace: 'BEGIN; SET LOCAL synchronous_commit = off; SET',
  },
  {
    name: 'one node: a snapshot on top of the rows that were there',
    file: server('snapshots/install-snapshot'),
    find: "const isReplaced = kind === 'current' || ",
    replace: 'const isReplaced = ',
  },
  {
    name: 'one node: the persister goes on beside an installation',
    file: server('node-state'),
    find: 'await this.#persister.stop();',
    replace: 'void this.#persister.stop();',
  },
  {
    name: 'one node: a database ahead of its log let in',
    file: server('restore-state.checks'),
    find: 'if (appliedIndex > lastIndex) {',
    replace: 'if (appliedIndex > lastIndex + 1e9) {',
  },
  {
    name: 'one node: a database behind its log let in',
    file: server('restore-state.checks'),
    find: 'if (appliedIndex + 1 < firstIndex) {',
    replace: 'if (appliedIndex + 1e9 < firstIndex) {',
  },
  {
    name: 'one node: a changed row let in',
    file: server('restore-state'),
    find: 'if (rowHash === meta.rowHash) return;',
    replace: 'if (rowHash !== "") return;',
  },
  {
    name: 'one node: a log cut at whatever was applied',
    file: server('node-state'),
    find: 'onDurable: (index) => this.log.release(index),',
    replace: 'onDurable: () => this.log.release(this.appliedIndex),',
  },
  {
    name: 'one node: a commit on its way at boot taken for a stranger’s',
    file: server('restore-state'),
    find: 'await readAppliedIndex(session);',
    replace: '',
  },
];
