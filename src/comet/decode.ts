import type { BlockId, Header } from '../light/index.js';
import { base64Bytes, height, hexBytes, int64, list, malformed, object, optionalText, text, time, uint32, type JsonObject } from './json.js';
import type { AbciEvent, Block, BlockResults, Genesis, Status, StoreValue, TxResult } from './types.js';

// A lean decoder: no commit signatures (four fifths of the cost of decoding a block), native base64 and hex.

/** The `result` of `/block`. @throws AssayError RPC_MALFORMED */
export function decodeBlock(json: unknown): Block {
  const result = object(json, 'block');
  const block = object(result['block'], 'block.block');
  const data = object(block['data'], 'block.block.data');
  return {
    blockId: decodeBlockId(result['block_id'], 'block.block_id'),
    header: decodeHeader(block['header'], 'block.block.header'),
    txs: list(data['txs'], 'block.block.data.txs').map((tx, i) => base64Bytes(tx, `block.block.data.txs[${i}]`)),
  };
}

function decodeBlockId(json: unknown, path: string): BlockId {
  const id = object(json, path);
  const parts = object(id['parts'], `${path}.parts`);
  return {
    hash: hexBytes(id['hash'], `${path}.hash`),
    parts: { total: uint32(parts['total'], `${path}.parts.total`), hash: hexBytes(parts['hash'], `${path}.parts.hash`) },
  };
}

function decodeHeader(json: unknown, path: string): Header {
  const h = object(json, path);
  const version = object(h['version'], `${path}.version`);
  const hash = (key: string) => hexBytes(h[key], `${path}.${key}`);
  return {
    version: { block: int64(version['block'], `${path}.version.block`), app: int64(version['app'], `${path}.version.app`) },
    chainId: text(h['chain_id'], `${path}.chain_id`),
    height: height(h['height'], `${path}.height`),
    time: time(h['time'], `${path}.time`),
    lastBlockId: decodeBlockId(h['last_block_id'], `${path}.last_block_id`),
    lastCommitHash: hash('last_commit_hash'),
    dataHash: hash('data_hash'),
    validatorsHash: hash('validators_hash'),
    nextValidatorsHash: hash('next_validators_hash'),
    consensusHash: hash('consensus_hash'),
    appHash: hash('app_hash'),
    lastResultsHash: hash('last_results_hash'),
    evidenceHash: hash('evidence_hash'),
    proposerAddress: hash('proposer_address'),
  };
}

/** The `result` of `/block_results`. @throws AssayError RPC_MALFORMED */
export function decodeBlockResults(json: unknown): BlockResults {
  const r = object(json, 'block_results');
  if ('begin_block_events' in r || 'end_block_events' in r) {
    throw malformed('block_results', 'finalize_block_events of CometBFT 0.38 or later', 'begin and end block events of an older node');
  }
  return {
    height: height(r['height'], 'block_results.height'),
    txResults: list(r['txs_results'], 'block_results.txs_results').map((tx, i) => decodeTxResult(tx, `block_results.txs_results[${i}]`)),
    blockEvents: decodeEvents(r['finalize_block_events'], 'block_results.finalize_block_events'),
    appHash: base64Bytes(r['app_hash'], 'block_results.app_hash'),
  };
}

function decodeTxResult(json: unknown, path: string): TxResult {
  const r = object(json, path);
  return {
    code: uint32(r['code'], `${path}.code`),
    data: base64Bytes(r['data'], `${path}.data`),
    gasWanted: int64(r['gas_wanted'], `${path}.gas_wanted`),
    gasUsed: int64(r['gas_used'], `${path}.gas_used`),
    log: optionalText(r['log'], `${path}.log`),
    codespace: optionalText(r['codespace'], `${path}.codespace`),
    events: decodeEvents(r['events'], `${path}.events`),
  };
}

function decodeEvents(json: unknown, path: string): AbciEvent[] {
  return list(json, path).map((e, i) => {
    const event = object(e, `${path}[${i}]`);
    return {
      type: text(event['type'], `${path}[${i}].type`),
      attributes: list(event['attributes'], `${path}[${i}].attributes`).map((a, k) => {
        const attribute = object(a, `${path}[${i}].attributes[${k}]`);
        return {
          key: text(attribute['key'], `${path}[${i}].attributes[${k}].key`),
          value: optionalText(attribute['value'], `${path}[${i}].attributes[${k}].value`),
        };
      }),
    };
  });
}

/** The `result` of `/status`. @throws AssayError RPC_MALFORMED */
export function decodeStatus(json: unknown): Status {
  const status = object(json, 'status');
  const node = object(status['node_info'], 'status.node_info');
  const sync = object(status['sync_info'], 'status.sync_info');
  return {
    chainId: text(node['network'], 'status.node_info.network'),
    latestHeight: height(sync['latest_block_height'], 'status.sync_info.latest_block_height'),
    earliestHeight: height(sync['earliest_block_height'], 'status.sync_info.earliest_block_height'),
    catchingUp: sync['catching_up'] === true,
  };
}

/** A whole genesis document, as in `/genesis` (its `genesis` member) or joined from `/genesis_chunked`. @throws AssayError RPC_MALFORMED */
export function decodeGenesis(json: unknown): Genesis {
  const genesis = object(json, 'genesis');
  return {
    chainId: text(genesis['chain_id'], 'genesis.chain_id'),
    // 0 and absent mean 1, as in CometBFT's GenesisDoc.ValidateAndComplete.
    initialHeight: height(genesis['initial_height'], 'genesis.initial_height') || 1,
    appState: object(genesis['app_state'] ?? {}, 'genesis.app_state') as JsonObject,
  };
}

/** The `result` of `/abci_query` on a store. @throws AssayError RPC_MALFORMED, also when the node refused the query */
export function decodeStoreValue(json: unknown): StoreValue {
  const response = object(object(json, 'abci_query')['response'], 'abci_query.response');
  const code = uint32(response['code'], 'abci_query.response.code');
  if (code !== 0) throw malformed('abci_query.response', 'code 0', optionalText(response['log'], 'abci_query.response.log'));
  return { height: height(response['height'], 'abci_query.response.height'), value: base64Bytes(response['value'], 'abci_query.response.value') };
}
