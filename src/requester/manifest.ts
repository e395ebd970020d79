import { createHash } from 'node:crypto';
import { Entry, type EntryProof } from '../chain/generated/assay/registry/v1/registry.js';
import { AssayError } from '../errors.js';
import { prove, rootOf, taggedLeaf } from '../merkle/index.js';

/** A file of a DATASET, ADAPTER or REPORT. */
export interface ManifestFile {
  /** relative, forward slashes, no dot segments */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** data root of the tensor that the file holds or becomes, 32 bytes */
  readonly dataRoot?: Uint8Array;
}

/** A manifest: entries by path in byte order, and the root of the tree over them under the tag `assay/entry/1`. */
export interface Manifest {
  readonly entries: readonly Entry[];
  readonly root: Uint8Array;
}

/** Makes a manifest. @throws AssayError MANIFEST_EMPTY, MANIFEST_PATH */
export function manifestOf(files: readonly ManifestFile[]): Manifest {
  if (files.length === 0) throw new AssayError('MANIFEST_EMPTY', 'a manifest needs at least one file');
  const entries = files
    .map((f): Entry => {
      if (f.path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.includes('\\') || part.includes('\0'))) {
        throw new AssayError('MANIFEST_PATH', `expected a relative path with forward slashes and no dot segments, found "${f.path}"`);
      }
      return {
        path: f.path,
        size: BigInt(f.bytes.length),
        digest: new Uint8Array(createHash('sha256').update(f.bytes).digest()),
        dataRoot: f.dataRoot ?? new Uint8Array(),
      };
    })
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  entries.forEach((e, i) => {
    if (i > 0 && entries[i - 1]!.path === e.path) throw new AssayError('MANIFEST_PATH', `"${e.path}" stands twice`);
  });
  return { entries, root: rootOf(entries.map(leafOf)) };
}

/** Shows that the entry with this path stands in a manifest. @throws AssayError MANIFEST_PATH */
export function entryProof(manifest: Manifest, path: string): EntryProof {
  const index = manifest.entries.findIndex((e) => e.path === path);
  if (index < 0) throw new AssayError('MANIFEST_PATH', `"${path}" is not in the manifest`);
  const leaves = manifest.entries.map(leafOf);
  return { entry: manifest.entries[index], index: BigInt(index), hashes: prove(leaves.length, [index], (i) => leaves[i]!) };
}

function leafOf(entry: Entry): Uint8Array {
  return taggedLeaf('assay/entry/1', Entry.encode(entry).finish());
}
