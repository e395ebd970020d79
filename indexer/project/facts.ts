import type { DecodedBlock } from '../decode/block.js';
import { isAssayEvent } from '../decode/events.js';
import { fact, type Change } from './changes.js';
import * as v from './values.js';

/** The rows that every block adds, whatever is in it. */
export function factChanges(b: DecodedBlock): Change[] {
  const { height, block } = b;
  const rows: Change[] = [
    fact('blocks', {
      height,
      hash: v.bytes(block.blockId.hash),
      time: new Date(Number(block.header.time.seconds) * 1000 + Math.floor(block.header.time.nanos / 1e6)),
      proposer: v.bytes(block.header.proposerAddress),
      txCount: b.txs.length,
      eventCount: b.events.length,
      dataHash: v.bytes(block.header.dataHash),
      appHash: v.bytes(b.results.appHash),
      resultsHash: v.bytes(b.resultsHash),
    }),
  ];
  for (const tx of b.txs) {
    const { code, codespace, log, gasWanted, gasUsed } = tx.result;
    rows.push(fact('transactions', {
      height, index: tx.index, hash: v.bytes(tx.hash), code, codespace, log: code === 0 ? '' : log, gasWanted, gasUsed, fee: tx.fee, memo: tx.memo, decoded: tx.decoded,
    }));
    for (const m of tx.messages) {
      rows.push(fact('messages', {
        height, txIndex: tx.index, path: m.path, typeUrl: m.typeUrl, executed: m.executed,
        value: m.value ?? null,
        raw: m.value === undefined ? v.bytes(m.bytes) : null,
        response: m.response ? v.bytes(m.response) : null,
      }));
    }
  }
  for (const e of b.events) {
    // Events of transactions are kept whole; of the block's own only those that say more than routine mint and rewards.
    if (e.txIndex === undefined && ROUTINE.has(e.type) && !isAssayEvent(e)) continue;
    rows.push(fact('events', { height, position: e.position, txIndex: e.txIndex ?? null, msgIndex: e.msgIndex ?? null, type: e.type, attributes: e.attributes }));
  }
  return rows;
}

/** Block events that each height repeats for each validator; they stay in the archive. */
const ROUTINE = new Set(['coin_spent', 'coin_received', 'transfer', 'message', 'coinbase', 'mint', 'commission', 'rewards', 'liveness']);
