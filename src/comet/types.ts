import type { BlockId, CommittedResult, Header } from '../light/index.js';

/** A block at one height, decoded from `/block`. */
export interface Block {
  readonly blockId: BlockId;
  readonly header: Header;
  /** Raw transactions in order. */
  readonly txs: readonly Uint8Array[];
}

/** An ABCI event: a type and its attributes in order; keys may repeat. */
export interface AbciEvent {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/** What a transaction did. `code`, `data` and gas are committed to by the next header; the rest is the node's word. */
export interface TxResult extends CommittedResult {
  readonly log: string;
  readonly codespace: string;
  readonly events: readonly AbciEvent[];
}

/** Results of one height, decoded from `/block_results`. */
export interface BlockResults {
  readonly height: number;
  readonly txResults: readonly TxResult[];
  /** Events of begin and end of the block, each with a `mode` attribute. */
  readonly blockEvents: readonly AbciEvent[];
  /** State root after this height: `app_hash` of the next header. */
  readonly appHash: Uint8Array;
}

/** What a node says of itself, decoded from `/status`. */
export interface Status {
  readonly chainId: string;
  readonly latestHeight: number;
  /** First height that the node still has. */
  readonly earliestHeight: number;
  readonly catchingUp: boolean;
}

/** The chain's beginning, decoded from `/genesis`. */
export interface Genesis {
  readonly chainId: string;
  readonly initialHeight: number;
  /** The application's part, by module, as its JSON codec wrote it. */
  readonly appState: { readonly [module: string]: unknown };
}

/** A value of a provable store, decoded from `/abci_query`. */
export interface StoreValue {
  readonly height: number;
  /** Empty when the key is absent. */
  readonly value: Uint8Array;
}
