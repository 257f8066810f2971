import { createReadStream } from 'node:fs';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { TableDefinition } from '../consensus/state/table-definition';
import { checkBackup } from './unpack-backup';
import type { Unpacked } from './unpack-backup';

export interface BackupRequest {
  readonly url: string;
  readonly credentials: { readonly email: string; readonly password: string };
  readonly file: string;
  /** Otherwise a file that is there already is left as it is. */
  readonly mayReplace: boolean;
  readonly tables: readonly TableDefinition<object, string>[];
}

/** The node did not give one; the message says why. */
export class BackupFailed extends Error {
  override readonly name = 'BackupFailed';
}

/** Streams a backup into the file, which has its name only when it is whole, checked and on disk. */
export async function fetchBackup(request: BackupRequest): Promise<Unpacked & { readonly bytes: number }> {
  const file = resolve(request.file);
  const part = `${file}.part`;
  if (!request.mayReplace && (await exists(file)))
    throw new BackupFailed(`${request.file} is there already. Choose another name, or say --force.`);
  const body = await openBackup(request);
  try {
    await write(body, part);
    const checked = await checkBackup(createReadStream(part), request.tables);
    const { size: bytes } = await stat(part);
    await rename(part, file);
    const directory = await open(dirname(file), 'r');
    await directory.sync().finally(() => directory.close());
    return { ...checked, bytes };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function openBackup({ url, credentials }: BackupRequest): Promise<ReadableStream<Uint8Array>> {
  const { accessToken } = (await (
    await asked(url, '/v1/auth/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(credentials),
    })
  ).json()) as { readonly accessToken: string };
  const { body } = await asked(url, '/v1/cluster/backup', { headers: { Authorization: `Bearer ${accessToken}` } });
  if (!body) throw new BackupFailed('The node answered without a body.');
  return body;
}

async function asked(url: string, path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(new URL(path, url), init);
  } catch (error) {
    const { cause } = error as Error;
    throw new BackupFailed(
      `The node at ${url} cannot be reached: ${cause instanceof Error ? cause.message : String(error)}`,
    );
  }
  if (answer.ok) return answer;
  const { code, detail } = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new BackupFailed(`The node answered ${answer.status} ${code ?? ''} to ${path}: ${detail ?? ''}`);
}

async function write(body: ReadableStream<Uint8Array>, path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const chunk of body) await file.appendFile(chunk);
    await file.sync();
  } catch (error) {
    const { cause } = error as Error;
    throw new BackupFailed(`The backup broke off: ${cause instanceof Error ? cause.message : String(error)}`);
  } finally {
    await file.close();
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
