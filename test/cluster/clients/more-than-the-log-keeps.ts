import { randomBytes } from 'node:crypto';
import type { Administrator } from './administrator';
import type { ConfigPlace } from './config-client';

/** More than the log keeps: 64 MiB. */
const updates = 90;
const contentBytes = 900 * 1024;

/**
 * Updates of one config until whoever heard none of them needs a snapshot. Answers its newest version.
 * @param version its present one
 */
export async function writeMoreThanTheLogKeeps(
  admin: Administrator,
  { projectId }: Pick<ConfigPlace, 'projectId'>,
  key: string,
  version: number,
): Promise<number> {
  const newest = version + updates;
  for (let expectedVersion = version; expectedVersion < newest; expectedVersion += 1) {
    const content = { text: randomBytes(contentBytes / 2).toString('hex') };
    await admin.do('PUT', `/v1/projects/${projectId}/configs/${key}`, { content, expectedVersion });
  }
  return newest;
}
