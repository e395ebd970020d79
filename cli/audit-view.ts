import type { AuditReport } from '../validator/index.js';

const COMPARED = { equal: 'equal to the bit', within: 'within the signed tolerance', differs: 'different beyond the signed tolerance' } as const;

/** What an audit found, in words. */
export function auditLines({ view, check, searched, fault, judged }: AuditReport, state: string, every: boolean): string[] {
  const { id } = view.job;
  const lines = [`job ${id} (${state}): the committed output and this machine's own run are ${COMPARED[check]}`];
  if (!searched) {
    if (check === 'differs') lines.push(`no trace is known yet; ask for it with: assay challenge ${id}`);
    else if (every) lines.push(`no trace is known, so nothing was judged; while the job's window is open, this asks for one at the price of the challenge fee: assay challenge ${id} --anyway`);
    return lines;
  }
  if (judged) {
    const s = judged.summary();
    const causes = Object.entries(s.undecidedByCause).map(([cause, n]) => `${cause} ${n}`);
    lines.push(
      `roots: those of all ${s.tensors} tensors are the chain's`,
      `judged: ${s.nodes} of ${s.of} nodes${every ? '' : ' (those that differ from this machine’s; --every judges all)'}, ${s.elements} elements in ${s.seconds} s${s.seconds > 0 ? `, ${s.elementsPerSecond} a second` : ''}`,
      ...(s.acquitted > 0 ? [`of these, the rigorous pre-check acquitted ${s.acquitted}; ${s.elements - s.acquitted} were judged exactly`] : []),
      `undecided: ${s.undecided}${causes.length > 0 ? ` (${causes.join(', ')})` : ''}`,
    );
  } else lines.push('the trace is not served; what was demanded on chain was followed back from the output');
  if (!fault) return [...lines, 'faults: none'];
  const { kind, node, slot, element, tensor } = fault.accusation;
  const { op, ratio } = fault.judgement;
  const owner = kind === 'OUTPUT' || tensor === 'OUTPUT' ? '' : `node ${node}${op && ` (${op})`}, `;
  const place = `${owner}output ${slot}, ${kind === 'FORMAT' ? 'chunk' : 'element'} ${element}`;
  return [...lines, `FAULT: ${kind} at ${place}${ratio && `, ${ratio} times its bound`}; the search stopped there; its proof has ${fault.proof.length} bytes and convicts offline`];
}
