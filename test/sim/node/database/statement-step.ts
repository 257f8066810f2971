import type { Step } from '../steps';
import type { Transaction } from './tables';

/** Which step of the node's work a statement is; undefined for what leaves nothing behind and prepares nothing. */
export function stepOf(application: string, text: string, transaction: Transaction | undefined): Step | undefined {
  if (application.endsWith('persister')) return batchStep(text, transaction);
  if (application.endsWith('install')) return installStep(text);
  if (application.endsWith('boot')) return bootStep(text, transaction);
  return undefined;
}

function batchStep(text: string, transaction: Transaction | undefined): Step | undefined {
  if (text.startsWith('BEGIN')) return 'batch begin';
  if (text.startsWith('DELETE FROM command_outcomes')) return 'batch trim';
  if (text.startsWith('UPDATE raft_meta')) return 'batch move';
  if (/^(INSERT|DELETE)/.test(text)) return 'batch rows';
  if (text !== 'COMMIT' || !transaction) return undefined;
  if (transaction.isTouchOnly) return 'write-through';
  return transaction.isSynchronous ? 'sync commit' : 'async commit';
}

function installStep(text: string): Step | undefined {
  if (text.startsWith('BEGIN')) return 'install begin';
  if (text.startsWith('DELETE')) return 'install clear';
  if (text.startsWith('INSERT')) return 'install rows';
  if (text.startsWith('UPDATE raft_meta')) return 'install move';
  return text === 'COMMIT' ? 'install commit' : undefined;
}

function bootStep(text: string, transaction: Transaction | undefined): Step | undefined {
  if (text.startsWith('INSERT INTO raft_meta')) return 'boot insert';
  if (/^(DECLARE|FETCH)/.test(text)) return 'boot load';
  if (text !== 'COMMIT' || !transaction || transaction.isReadOnly) return undefined;
  return transaction.isTouchOnly ? 'boot write-through' : 'boot insert';
}
