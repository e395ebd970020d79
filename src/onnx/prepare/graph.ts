import type { AttributeValue } from '../proto.js';
import type { Tensor } from '../tensor.js';

/** Dtype and extents of a tensor, before it has a layout. */
export interface Shape {
  readonly dtype: number;
  readonly dims: readonly number[];
}

/** A node in the normal form: an operator of the closed list, every attribute present, nothing else. */
export interface GraphNode {
  readonly op: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** names; '' for an absent operand */
  readonly inputs: string[];
  readonly outputs: readonly string[];
}

/** A model in the normal form: static shapes, constants hoisted, one spelling for each operation. */
export interface Graph {
  readonly inputs: readonly { readonly name: string; readonly type: Shape }[];
  readonly outputs: readonly string[];
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly types: ReadonlyMap<string, Shape>;
}

/** Counts what was rewritten, by a short description. */
export class Rewrites {
  readonly #counts = new Map<string, number>();

  note(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** Descriptions with their counts, sorted by description. */
  get list(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
