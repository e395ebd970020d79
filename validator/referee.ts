import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssayError } from '../src/errors.js';

/** What a proof is to be about; the fields are those of the proof. */
export interface Accusation {
  readonly kind: 'ARITHMETIC' | 'OUTPUT' | 'FORMAT';
  readonly node: number;
  readonly slot: number;
  /** logical row-major element; for FORMAT the chunk */
  readonly element: bigint;
  /** FORMAT only */
  readonly tensor?: 'INPUT' | 'WEIGHT' | 'VALUE' | 'OUTPUT';
}

/** What the referee said of a proof. */
export interface Judgement {
  readonly convicts: boolean;
  readonly code: string;
  readonly message: string;
  /** work that gas pays for */
  readonly macs: bigint;
  readonly exponentials: bigint;
  readonly hashes: bigint;
  /** the referee's own words, as JSON */
  readonly explanation: unknown;
}

/** The exact judge, offline: the very code that the chain runs. */
export interface Referee {
  /** Judges every element of one node of a bundle; the first fault, or undefined. */
  scan(bundle: string, node: number): Promise<Accusation | undefined>;
  /** Builds the proof of an accusation from a bundle. */
  prove(bundle: string, accusation: Accusation): Promise<Uint8Array>;
}
