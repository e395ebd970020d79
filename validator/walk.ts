import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRoots } from '../src/blobs/index.js';
import type { Commitments } from '../src/chain/index.js';
import type { DemandItem } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import { TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import { writeWhole } from '../src/jobs/index.js';
import { CHUNK_BYTES } from '../src/merkle/index.js';
import { DTYPE, encodeProgram, fromLayout, KIND, logicalIndex, tensorPath, valueTypes, type Program, type TensorType } from '../src/onnx/index.js';
import { proofOfChunks } from './chunk-proof.js';
import { elementsBefore, mostDifferent } from './leads.js';
import { producerOf, type TensorName } from './demand.js';
import type { KnownTrace } from './known-trace.js';
import type { Accusation, Judgement, Reading, Referee } from '../src/referee/index.js';

// A worker that publishes a trace root and then serves nothing off chain can only be followed by demands, which cost by the
// byte. The walk asks only for the chunks that one element reads:
//
// From a wrong output element it goes to the element that the trace says it is, and judges that one on the worker's own
// operands. If it is a fault, that is the proof. If not, it differs from one's own because something that it read does: the
// walk goes on at the operand's element that differs most. Every hop leads to an earlier node, and before the first fault
// all agrees with one's own but for roundings: so a path that follows what differs more than roundings do ends at a fault.
// Where a path ends clean, the next differing element is tried, those that differ most first, up to a bound.

/** What a walk works on. */
export interface WalkOptions {
  readonly program: Program;
  /** what was served so far; whoever owns it adds to it between steps */
  readonly trace: KnownTrace;
  /** most that the walk judges: `hopsOf` */
  readonly hops: number;
  /** one's own bytes of a VALUE, in its layout */
  readonly own: (value: number) => Promise<Uint8Array>;
  /** inputs, weights and outputs are known from the chain; values are not */
  readonly roots: Pick<JobRoots, 'input' | 'weight' | 'output'>;
  /** folder of the walk */
  readonly dir: string;
  readonly commitments: Commitments;
  readonly referee: Referee;
  /** puts an input, weight or output into a folder as a bundle has it, and returns its bytes */
  readonly place: (name: TensorName) => Promise<Uint8Array>;
}

/** The fault at the end of a walk, proven. */
export interface WalkFault {
  readonly accusation: Accusation;
  readonly proof: Uint8Array;
  readonly judgement: Judgement;
}

/**
 * Elements that a walk judges at most: twice a drawn verifier's budget of demands, depth + `free_demands`, beyond which each
 * costs a fee that doubles.
 */
export function hopsOf(depth: number, freeDemands: bigint): number {
  return 2 * (depth + Number(freeDemands));
}

/** What a walk needs next, or how it ended. */
export type WalkStep =
  | { readonly kind: 'fault'; readonly fault: WalkFault }
  /** chunks to demand, ascending */
  | { readonly kind: 'need'; readonly items: readonly DemandItem[] }
  /** everywhere it looked, all agreed */
  | { readonly kind: 'clean' };

/** An element of a VALUE that differs from one's own. */
interface Lead {
  readonly value: number;
  readonly element: number;
  readonly weight: number;
}

/** An element of a committed output that differs from one's own. */
interface Start {
  readonly slot: number;
  readonly element: number;
  readonly weight: number;
}

// Output elements to begin with, and leads of one chunk: neighbours mostly share one cause.
const STARTS = 4;
const PER_CHUNK = 4;
// What differs so much less than the heaviest beside it, or than what was computed from it, is a rounding, most likely.
const NOISE = 2 ** -10;

/** Follows a worker that serves nothing off chain, by demands. It lives as long as the job: what it saw and judged stays. */
export class Walk {
  readonly #o: WalkOptions;
  readonly #types: readonly TensorType[];
  // The last one is next.
  readonly #path: Lead[] = [];
  readonly #spare: Lead[] = [];
  readonly #taken = new Set<string>();
  #starts: Start[] | undefined;
  #hops = 0;

  constructor(options: WalkOptions) {
    this.#o = options;
    this.#types = valueTypes(options.program);
  }

  /** What was served so far. */
  get trace(): KnownTrace {
    return this.#o.trace;
  }

  /** Goes on as far as what was served carries. @throws AssayError when a committed output is not to be had */
  async next(): Promise<WalkStep> {
    await mkdir(this.#o.dir, { recursive: true });
    await writeWhole(join(this.#o.dir, 'program.bin'), encodeProgram(this.#o.program));
    this.#starts ??= await this.#findStarts();
    for (;;) {
      // Every wrong output element is begun at before anything is tried that stands out less.
      const start = this.#path.length === 0 ? this.#starts[0] : undefined;
      const lead = this.#path.at(-1) ?? (start ? undefined : this.#nextSpare());
      if (!start && !lead) return { kind: 'clean' };
      const step = start ? await this.#begin(start) : await this.#follow(lead!);
      if (step) return step;
      if (start) this.#starts.shift();
    }
  }

  // The wrong output elements, those that are wrong most first.
  async #findStarts(): Promise<Start[]> {
    const starts: Start[] = [];
    for (const [slot, { index, type }] of this.#o.program.outputs.entries()) {
      const committed = await this.#o.place({ kind: OUTPUT, index: slot });
      const own = fromLayout(this.#types[index]!, await this.#o.own(index)).data;
      for (const { at, weight } of mostDifferent(type!.dtype, committed, own, STARTS)) starts.push({ slot, element: at, weight });
    }
    return starts.sort((a, b) => (a.weight === b.weight ? 0 : b.weight > a.weight ? 1 : -1));
  }

  // Is the output what the worker's own trace says? If so, on from there.
  async #begin({ slot, element, weight }: Start): Promise<WalkStep | undefined> {
    const step = await this.#judge({ kind: 'OUTPUT', node: 0, slot, element: BigInt(element) });
    if ('kind' in step) return step;
    this.#take({ value: this.#o.program.outputs[slot]!.index, element, weight }, this.#path);
    return undefined;
  }

  // Judges the element that a lead names; undefined when it is innocent, and what it read is followed from now on.
  async #follow(lead: Lead): Promise<WalkStep | undefined> {
    const { program, hops } = this.#o;
    if (this.#hops >= hops) {
      this.#path.length = this.#spare.length = 0;
      return undefined;
    }
    const node = producerOf(program, lead.value);
    const step = await this.#judge({ kind: 'ARITHMETIC', node, slot: lead.value - program.nodes[node]!.first, element: BigInt(lead.element) });
    if ('kind' in step) return step;
    this.#hops++;
    this.#path.pop();
    await this.#leadsOf(lead, program.nodes[node]!.first, step.readings);
    return undefined;
  }

  // The operands' elements that differ: what stands out goes on the path, heaviest last, the rest is kept for later.
  async #leadsOf(from: Lead, first: number, readings: readonly Reading[]): Promise<void> {
    const heads: Lead[] = [];
    for (const { kind, index, chunks } of readings) {
      if (kind !== VALUE || index >= first) continue;
      const type = this.#types[index]!;
      const own = await this.#o.own(index);
      for (const chunk of chunks) {
        const mine = own.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
        const [head, ...others] = mostDifferent(type.dtype, this.#o.trace.chunk(index, chunk)!, mine, PER_CHUNK).map(
          ({ at, weight }): Lead => ({ value: index, element: logicalIndex(type, elementsBefore(type, chunk) + at), weight }),
        );
        if (head) heads.push(head);
        for (const other of others) this.#take(other, this.#spare);
      }
    }
    heads.sort((a, b) => (a.weight === b.weight ? b.value - a.value : a.weight > b.weight ? 1 : -1));
    const least = NOISE * Math.max(from.weight, heads.at(-1)?.weight ?? 0);
    for (const head of heads) this.#take(head, head.weight >= least ? this.#path : this.#spare);
  }

  #take(lead: Lead, list: Lead[]): void {
    const key = `${lead.value} ${lead.element}`;
    if (this.#taken.has(key)) return;
    this.#taken.add(key);
    list.push(lead);
  }

  #nextSpare(): Lead | undefined {
    if (this.#spare.length === 0) return undefined;
    const heaviest = this.#spare.reduce((a, b) => (b.weight > a.weight ? b : a));
    this.#spare.splice(this.#spare.indexOf(heaviest), 1);
    this.#path.push(heaviest);
    return heaviest;
  }

  // A step when chunks are missing or it is a fault; else what the judgement read.
  async #judge(accusation: Accusation): Promise<WalkStep | { readonly readings: readonly Reading[] }> {
    const { referee, dir, commitments, program, roots, place } = this.#o;
    if (accusation.kind === 'ARITHMETIC') await this.#placeIndices(accusation.node);
    const readings = await referee.reads(dir, accusation);
    const items = readings.filter((r) => r.kind === VALUE).flatMap((r) => this.#unknown(r));
    if (items.length > 0) return { kind: 'need', items };
    const proof = await proofOfChunks({ program, trace: this.#o.trace, roots, place }, accusation, readings);
    const file = join(dir, 'proof.bin');
    await writeWhole(file, proof);
    const judgement = await referee.judge(file, commitments, dir);
    return judgement.fault ? { kind: 'fault', fault: { accusation, proof, judgement } } : { readings };
  }

  #unknown({ index, chunks }: Reading): DemandItem[] {
    const node = producerOf(this.#o.program, index);
    return chunks.filter((c) => !this.#o.trace.chunk(index, c)).map((c) => ({ kind: VALUE, index, first: BigInt(c), count: 1n, node }));
  }

  // What some operators read depends on integers that another operand holds: the worker's where they are known, else one's own.
  async #placeIndices(node: number): Promise<void> {
    for (const { kind, index } of this.#o.program.nodes[node]!.inputs) {
      if (kind === KIND.input) await this.#o.place({ kind: INPUT, index });
      if (kind === KIND.weight) await this.#o.place({ kind: WEIGHT, index });
      const type = kind === KIND.value ? this.#types[index]! : undefined;
      if (type?.dtype === DTYPE.int64 || type?.dtype === DTYPE.int32)
        await writeWhole(tensorPath(this.#o.dir, 'value', index), this.#o.trace.overlay(index, await this.#o.own(index)));
    }
  }
}

const INPUT = TensorKind.TENSOR_KIND_INPUT;
const WEIGHT = TensorKind.TENSOR_KIND_WEIGHT;
const VALUE = TensorKind.TENSOR_KIND_VALUE;
const OUTPUT = TensorKind.TENSOR_KIND_OUTPUT;
