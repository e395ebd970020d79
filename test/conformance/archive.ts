import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { AssayError } from '../../src/errors.js';

/** SHA-256 of the tar as it was published; test/vectors/README.md says where it is from. */
const TAR_SHA256 = '12116c34002f8fa572aa468fae8ddae4d61161b0cf7087801539a43c64ec13df';

const BLOCK = 512;

/**
 * The official conformance cases, by path: node/test_add/model.onnx and so on.
 *
 * @throws AssayError CONFORMANCE_ARCHIVE when the file is not the published one
 */
export function readArchive(): Map<string, Uint8Array> {
  const path = new URL('../../../test/vectors/onnx-node-1.22.0.tar.br', import.meta.url);
  const tar = brotliDecompressSync(readFileSync(path));
  const digest = createHash('sha256').update(tar).digest('hex');
  if (digest !== TAR_SHA256) throw new AssayError('CONFORMANCE_ARCHIVE', `${path.pathname} holds ${digest}, expected ${TAR_SHA256}; restore the file from git`);
  return files(tar);
}

/** Regular files of a GNU tar: entries of type 0, directories (5), and long names (L) for the entry after them. */
function files(tar: Buffer): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const text = (from: number, length: number): string => tar.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const name = longName ?? text(at, 100);
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = String.fromCharCode(tar[at + 156]!);
    const body = at + BLOCK;
    longName = type === 'L' ? text(body, size) : undefined;
    if (type === '0') found.set(name, new Uint8Array(tar.subarray(body, body + size)));
    else if (type !== '5' && type !== 'L') throw new AssayError('CONFORMANCE_ARCHIVE', `${name} is a tar entry of type ${type}`);
    at = body + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}
