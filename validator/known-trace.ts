import type { ChainClient } from '../src/chain/index.js';
import { DemandState, type Demand } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { CHUNK_BYTES, chunkCount, leafHash, rootLeaf, rootOfOpening, type DataOpening } from '../src/merkle/index.js';
import type { Program } from '../src/onnx/index.js';
import { sizeOf } from './demand.js';
import { PartialTree } from './partial-tree.js';
import { findAnswer } from './served.js';

interface Tensor {
  readonly root: Uint8Array;
  readonly tree: PartialTree;
  readonly chunks: Map<number, Uint8Array>;
}

/** What a worker's trace was seen to hold, chunk by chunk, from demands that it served on chain and from nothing else. */
export class KnownTrace {
  readonly #program: Program;
  readonly #roots: PartialTree;
  readonly #values = new Map<number, Tensor>();
  readonly #seen = new Set<bigint>();

  /** @param traceRoot what the chain holds */
  constructor(program: Program, traceRoot: Uint8Array) {
    this.#program = program;
    this.#roots = new PartialTree(program.values, traceRoot);
  }

  /** Reads what was served since the last time, and checks it against the trace root once more. */
  async absorb(chain: ChainClient, demands: Iterable<Demand>): Promise<void> {
    for (const demand of demands) {
      if (demand.state !== DemandState.DEMAND_STATE_SERVED || this.#seen.has(demand.id)) continue;
      const answer = await findAnswer(chain, demand);
      for (const [i, { item }] of demand.tensors.entries()) {
        const served = answer?.tensors[i];
        if (item?.kind !== TensorKind.TENSOR_KIND_VALUE || !served?.opening) continue;
        const indices = Array.from({ length: Number(item.count) }, (_, k) => Number(item.first) + k);
        this.learn(item.index, indices, served.opening, served.rootHashes);
      }
      if (answer) this.#seen.add(demand.id);
    }
  }

  /** Learns chunks of a VALUE. @throws MerkleError when they are not in the trace */
  learn(value: number, indices: readonly number[], opening: DataOpening, path: readonly Uint8Array[]): void {
    const size = sizeOf(this.#program, { kind: TensorKind.TENSOR_KIND_VALUE, index: value });
    const root = rootOfOpening(size, indices, opening);
    this.#roots.learn([value], [rootLeaf(root)], path);
    const tensor = this.#values.get(value) ?? { root, tree: new PartialTree(chunkCount(size), root), chunks: new Map<number, Uint8Array>() };
    tensor.tree.learn(indices, opening.chunks.map(leafHash), opening.hashes);
    indices.forEach((index, k) => tensor.chunks.set(index, opening.chunks[k]!));
    this.#values.set(value, tensor);
  }

  /** A chunk of a VALUE; undefined while it was not served. */
  chunk(value: number, index: number): Uint8Array | undefined {
    return this.#values.get(value)?.chunks.get(index);
  }

  /** Opens known chunks of a VALUE together, as a proof does; undefined when one is not known. */
  open(value: number, indices: readonly number[]): DataOpening | undefined {
    const tensor = this.#values.get(value);
    const hashes = tensor?.tree.prove(indices);
    return tensor && hashes && { chunks: indices.map((i) => tensor.chunks.get(i)!), hashes };
  }

  /** The multiproof of VALUEs' data roots in the trace; undefined when one is not known. */
  path(values: readonly number[]): Uint8Array[] | undefined {
    return values.length === 0 ? [] : this.#roots.prove(values);
  }

  /** One's own bytes of a VALUE with the worker's chunks in their places, as far as they are known. */
  overlay(value: number, own: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(own);
    for (const [index, chunk] of this.#values.get(value)?.chunks ?? []) bytes.set(chunk, index * CHUNK_BYTES);
    return bytes;
  }
}
