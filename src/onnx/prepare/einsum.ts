import { refuse } from '../errors.js';
import { DTYPE, elementCount } from '../tensor.js';
import type { Replacement } from './replacement.js';

/** A tensor with a letter for each of its axes. */
interface Term {
  readonly name: string;
  readonly labels: readonly string[];
  readonly dims: readonly number[];
}

/**
 * Einsum of float32 as ReduceSum, Transpose, Reshape and MatMul: operands are joined from left to right, and what no later
 * operand and not the result names is summed as early as that is possible. Repeated letters in one operand are not judged.
 */
export function einsum(r: Replacement): string | undefined {
  const { node } = r;
  if (node.opType !== 'Einsum' || node.input.some((x) => r.types.get(x)?.dtype !== DTYPE.float32)) return undefined;
  const { terms, result } = parse(r);
  let [total] = terms as [Term];
  terms.forEach((term, i) => {
    const needed = new Set([...result, ...terms.slice(i + 1).flatMap((t) => t.labels)]);
    total = i === 0 ? summed(r, total, (l) => needed.has(l)) : multiplied(r, total, term, needed);
  });
  const ordered = arranged(r, total, result);
  r.reshape(ordered.name, r.type(node.output[0] ?? '').dims, node.output[0]);
  return 'Einsum: as MatMul';
}

function no(r: Replacement, what: string): never {
  return refuse('REFUSED_ATTRIBUTE', `Einsum: ${what}`);
}

/** Letters of the operands and of the result; axes of an ellipsis are named by digits, from the last. */
function parse(r: Replacement): { terms: Term[]; result: readonly string[] } {
  const equation = (r.attributes['equation']?.s ?? '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const operands = left.split(',');
  if (operands.length !== r.node.input.length) no(r, `${equation} of ${r.node.input.length} operands`);
  let widest = 0;
  const terms = operands.map((text, i): Term => {
    const name = r.node.input[i] ?? '';
    const { dims } = r.type(name);
    const hidden = text.includes('...') ? dims.length - (text.length - 3) : 0;
    widest = Math.max(widest, hidden);
    const labels = expanded(text, hidden);
    if (labels.length !== dims.length || new Set(labels).size !== labels.length) no(r, `${text} for a tensor of rank ${dims.length}; repeated letters are not judged`);
    return { name, labels, dims };
  });
  const all = terms.flatMap((t) => t.labels);
  const once = all.filter((l) => all.indexOf(l) === all.lastIndexOf(l) && /[a-zA-Z]/.test(l)).sort();
  const result = right === undefined ? [...expanded('...', widest), ...once] : expanded(right, widest);
  for (const label of new Set(all)) {
    const extents = new Set(terms.filter((t) => t.labels.includes(label)).map((t) => t.dims[t.labels.indexOf(label)]));
    if (extents.size > 1) no(r, `${label} has extents ${[...extents].join(' and ')}`);
  }
  return { terms, result };
}

function expanded(text: string, hidden: number): string[] {
  const [before = '', after] = text.split('...');
  if (after === undefined) return [...before];
  return [...before, ...Array.from({ length: hidden }, (_, i) => String(hidden - 1 - i)), ...after];
}

/** Sums over the letters that are not kept. */
function summed(r: Replacement, t: Term, keep: (label: string) => boolean): Term {
  const axes = t.labels.flatMap((l, i) => (keep(l) ? [] : [i]));
  if (axes.length === 0) return t;
  const stays = (_: unknown, i: number): boolean => !axes.includes(i);
  return { name: r.reduce('ReduceSum', t.name, axes, false), labels: t.labels.filter(stays), dims: t.dims.filter(stays) };
}

function arranged(r: Replacement, t: Term, labels: readonly string[]): Term {
  const perm = labels.map((l) => t.labels.indexOf(l));
  if (perm.every((p, i) => p === i)) return t;
  return { name: r.add('Transpose', [t.name], { perm: { ints: perm } }), labels, dims: perm.map((p) => t.dims[p]!) };
}

/** One MatMul: letters of both that are needed are its batch, letters of both that are not are summed by it. */
function multiplied(r: Replacement, left: Term, right: Term, needed: ReadonlySet<string>): Term {
  const a = summed(r, left, (l) => needed.has(l) || right.labels.includes(l));
  const b = summed(r, right, (l) => needed.has(l) || left.labels.includes(l));
  const shared = a.labels.filter((l) => b.labels.includes(l));
  const batch = shared.filter((l) => needed.has(l));
  const inner = shared.filter((l) => !needed.has(l));
  const own = (t: Term): string[] => t.labels.filter((l) => !shared.includes(l));
  const extents = (labels: readonly string[]): number[] => labels.map((l) => a.dims[a.labels.indexOf(l)] ?? b.dims[b.labels.indexOf(l)]!);
  const size = (labels: readonly string[]): number => elementCount(extents(labels));
  const group = batch.length === 0 ? [] : [size(batch)];
  const x = r.reshape(arranged(r, a, [...batch, ...own(a), ...inner]).name, [...group, size(own(a)), size(inner)]);
  const y = r.reshape(arranged(r, b, [...batch, ...inner, ...own(b)]).name, [...group, size(inner), size(own(b))]);
  const labels = [...batch, ...own(a), ...own(b)];
  const dims = extents(labels);
  return { name: r.reshape(r.add('MatMul', [x, y]), dims), labels, dims };
}
