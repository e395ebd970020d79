import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { AssayError } from '../src/errors.js';
import type { BundleKind } from '../src/onnx/index.js';
import { itemText, type Wanted } from './demand.js';

/** Folders of a bundle by the kind of tensor. */
export const KINDS: Readonly<Record<number, BundleKind>> = {
  [TensorKind.TENSOR_KIND_INPUT]: 'input',
  [TensorKind.TENSOR_KIND_WEIGHT]: 'weight',
  [TensorKind.TENSOR_KIND_VALUE]: 'value',
  [TensorKind.TENSOR_KIND_OUTPUT]: 'output',
};

/** What nobody served, of a BYTES_WITHHELD error; undefined for other errors. */
export function withheldTensor(error: unknown): Wanted | undefined {
  return error instanceof BytesWithheld ? error.wanted : undefined;
}

class BytesWithheld extends AssayError {
  constructor(
    readonly wanted: Wanted,
    cause: unknown,
  ) {
    const { kind, index, items } = wanted;
    super('BYTES_WITHHELD', items ? `nobody serves ${items.length} chunks of the trace` : `nobody serves ${KINDS[kind]} ${index}`, {
      decision: 'retry', facts: items ? { chunks: items.map(itemText).join(', ') } : { kind, index }, cause,
    });
  }
}

/** The error that makes a sidecar demand bytes on chain. */
export function withheld(wanted: Wanted, cause: unknown): AssayError {
  return new BytesWithheld(wanted, cause);
}
