/** What the `data` of the core's Snapshot says: where its content lies, and what it consists of beside the history. */
export interface Manifest {
  readonly id: string;
  /** The node that has it. */
  readonly nodeId: string;
  readonly files: readonly ManifestFile[];
}

export interface ManifestFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** All parts of the history in one file, beside the files of the snapshot. */
export const HISTORY_FILE = 'history';

export function encodeManifest(manifest: Manifest): Buffer {
  return Buffer.from(JSON.stringify(manifest));
}

/** Throws when it is none. Its names become names of files, so nothing that leads elsewhere is let in. */
export function decodeManifest(data: Uint8Array): Manifest {
  const { id, nodeId, files } = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
  if (typeof id !== 'string' || !/^[0-9a-f]{16,64}$/.test(id)) throw new RangeError('the snapshot has no id');
  if (typeof nodeId !== 'string' || nodeId === '') throw new RangeError('the snapshot names no node');
  if (!Array.isArray(files)) throw new RangeError('the snapshot names no files');
  return { id, nodeId, files: files.map(fileOf) };
}

function fileOf(value: { name?: unknown; size?: unknown; sha256?: unknown } | null): ManifestFile {
  const { name, size, sha256 } = value ?? {};
  const named = typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && name !== HISTORY_FILE;
  const sized = Number.isSafeInteger(size) && (size as number) >= 0;
  if (!named || !sized || typeof sha256 !== 'string') throw new RangeError('the snapshot has a malformed file');
  return { name, size: size as number, sha256 };
}
