import { createHash } from 'node:crypto';
import type { AbciEvent as AbciEventJson } from '../../src/comet/index.js';
import { dataHash, headerHash, resultsHash, type BlockId, type Header } from '../../src/light/index.js';

// A chain made by hand whose blocks hash as CometBFT's do: header, data, results and links are right, so that a test
// can make exactly one of them wrong. Not a node: nothing executes.

/** A transaction and what it did. */
export interface ScriptedTx {
  readonly bytes: Uint8Array;
  readonly code?: number;
  readonly data?: Uint8Array;
  readonly log?: string;
  readonly events?: readonly AbciEventJson[];
}

/** What happens in one block. */
export interface ScriptedBlock {
  readonly txs?: readonly ScriptedTx[];
  /** Events of begin and end of the block. */
  readonly events?: readonly AbciEventJson[];
}

/** A chain that grows block by block. */
export interface ScriptedChain {
  readonly chainId: string;
  height(): number;
  /** Adds a block and returns its height. */
  add(block?: ScriptedBlock): number;
  /** `result` of `/block`, `/block_results`, `/status`, `/genesis_chunked`; undefined for an unknown height or chunk. */
  answer(method: string, params: Readonly<Record<string, unknown>>): unknown;
}

const sha = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
const HEX = (b: Uint8Array) => Buffer.from(b).toString('hex').toUpperCase();
const B64 = (b: Uint8Array) => Buffer.from(b).toString('base64');

/** @param salt makes another chain of the same id: other hashes from the first block on */
export function scriptedChain(chainId: string, appState: Readonly<Record<string, unknown>> = {}, salt = ''): ScriptedChain {
  const blocks: { header: Header; id: BlockId; block: ScriptedBlock }[] = [];
  const appHash = (height: number) => sha(`app ${chainId} ${salt} ${height}`);
  const result = (tx: ScriptedTx) => ({ code: tx.code ?? 0, data: tx.data ?? new Uint8Array(0), gasWanted: 200_000n, gasUsed: 100_000n });

  const blockJson = (height: number) => {
    const found = blocks[height - 1];
    if (!found) return undefined;
    const { header: h, id, block } = found;
    return {
      block_id: idJson(id),
      block: { header: headerJson(h), data: { txs: (block.txs ?? []).map((t) => B64(t.bytes)) }, evidence: { evidence: [] }, last_commit: { height: String(height - 1), round: 0, signatures: [] } },
    };
  };
  const resultsJson = (height: number) => {
    const block = blocks[height - 1]?.block;
    if (!block) return undefined;
    return {
      height: String(height),
      txs_results: block.txs?.map((t) => ({ code: t.code ?? 0, data: t.data ? B64(t.data) : null, log: t.log ?? '', info: '', gas_wanted: '200000', gas_used: '100000', events: t.events ?? [], codespace: t.code ? 'sdk' : '' })) ?? null,
      finalize_block_events: block.events ?? [],
      validator_updates: null,
      consensus_param_updates: null,
      app_hash: B64(appHash(height)),
    };
  };
  return {
    chainId,
    height: () => blocks.length,
    add(block = {}) {
      const height = blocks.length + 1;
      const before = blocks.at(-1);
      const header: Header = {
        version: { block: 11n, app: 0n },
        chainId,
        height,
        time: { seconds: 1_790_000_000n + BigInt(height), nanos: 500_000_000 },
        lastBlockId: before?.id ?? { hash: new Uint8Array(0), parts: { total: 0, hash: new Uint8Array(0) } },
        lastCommitHash: sha(`commit ${height}`),
        dataHash: dataHash((block.txs ?? []).map((t) => t.bytes)),
        validatorsHash: sha('validators'),
        nextValidatorsHash: sha('validators'),
        consensusHash: sha('consensus'),
        appHash: appHash(height - 1),
        lastResultsHash: resultsHash((before?.block.txs ?? []).map(result)),
        evidenceHash: sha(''),
        proposerAddress: sha('proposer').subarray(0, 20),
      };
      blocks.push({ header, id: { hash: headerHash(header), parts: { total: 1, hash: sha(`parts ${height} ${salt}`) } }, block });
      return height;
    },
    answer(method, params) {
      const height = Number(params['height']);
      switch (method) {
        case 'status':
          return { node_info: { network: chainId }, sync_info: { latest_block_height: String(blocks.length), earliest_block_height: '1', catching_up: false } };
        case 'genesis_chunked': {
          const genesis = { chain_id: chainId, initial_height: '1', genesis_time: `2026-01-01T00:00:00Z ${salt}`, app_state: salt ? { ...appState, salt } : appState };
          return { chunk: '0', total: '1', data: B64(Buffer.from(JSON.stringify(genesis))) };
        }
        case 'block':
          return blockJson(height);
        case 'block_results':
          return resultsJson(height);
        case 'abci_query':
          return { response: { code: 0, log: '', height: String(height), value: null } };
        default:
          return undefined;
      }
    },
  };
}

function idJson(id: BlockId) {
  return { hash: HEX(id.hash), parts: { total: id.parts.total, hash: HEX(id.parts.hash) } };
}

function headerJson(h: Header) {
  return {
    version: { block: String(h.version.block) },
    chain_id: h.chainId,
    height: String(h.height),
    time: `${new Date(Number(h.time.seconds) * 1000).toISOString().slice(0, 19)}.${String(h.time.nanos).padStart(9, '0').replace(/0+$/, '')}Z`,
    last_block_id: idJson(h.lastBlockId),
    last_commit_hash: HEX(h.lastCommitHash),
    data_hash: HEX(h.dataHash),
    validators_hash: HEX(h.validatorsHash),
    next_validators_hash: HEX(h.nextValidatorsHash),
    consensus_hash: HEX(h.consensusHash),
    app_hash: HEX(h.appHash),
    last_results_hash: HEX(h.lastResultsHash),
    evidence_hash: HEX(h.evidenceHash),
    proposer_address: HEX(h.proposerAddress),
  };
}
