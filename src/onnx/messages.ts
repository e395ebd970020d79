// What runtime.ts and its child say to one another.
import type { EngineOptions } from './engine.js';
import type { OnnxErrorCode } from './errors.js';
import type { Parcel } from './parcel.js';
import type { PrepareOptions, PreparedParts } from './prepare/prepare.js';

/** A tensor's type; its bytes travel in a parcel. */
export interface TensorHead {
  readonly dtype: number;
  readonly dims: readonly number[];
}

/** Named tensors under way. */
export interface TensorParcel {
  readonly names: readonly string[];
  readonly heads: readonly TensorHead[];
  readonly data: Parcel;
}

/** Every request with its arguments and its reply. */
export interface Calls {
  /** loads the model in a file under an id that the parent chose */
  load: { args: { id: number; path: string; options: EngineOptions }; reply: null };
  run: { args: { id: number; feeds: TensorParcel }; reply: TensorParcel };
  release: { args: { id: number }; reply: null };
  /** builds a bundle when `dir` is given, and returns data roots either way */
  trace: {
    args: {
      record: Uint8Array;
      weights: Parcel;
      inputs: TensorParcel;
      dir?: string;
      outputs?: TensorParcel;
      engine: EngineOptions;
      segmentBytes?: number;
    };
    reply: { input: Uint8Array[]; weight: Uint8Array[]; value: Uint8Array[]; output: Uint8Array[] };
  };
  /** runs nodes [from, to) on known VALUEs, which are named by their index */
  segment: {
    args: { record: Uint8Array; weights: Parcel; inputs: TensorParcel; known: TensorParcel; from: number; to: number; engine: EngineOptions };
    reply: TensorParcel;
  };
  prepare: { args: { model: Parcel; options: PrepareOptions }; reply: { parts: Omit<PreparedParts, 'weights'>; weights: Parcel } };
}

export type CallName = keyof Calls;

/** A request on its way to the child. */
export type Request = { [K in CallName]: { readonly call: K; readonly seq: number; readonly args: Calls[K]['args'] } }[CallName];

/** The child's answer. */
export type Response =
  | { readonly seq: number; readonly ok: true; readonly reply: unknown }
  | { readonly seq: number; readonly ok: false; readonly code: OnnxErrorCode; readonly message: string; readonly hint?: string };
