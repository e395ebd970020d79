import { leafHash, rootOf } from '../merkle/index.js';
import { bytesField, concat, intField, textField, timestamp, type Timestamp } from './wire.js';

/** What a block is named by: its header's hash and the parts that it travelled in. */
export interface BlockId {
  /** 32 bytes; empty in the `lastBlockId` of the first block. */
  readonly hash: Uint8Array;
  readonly parts: { readonly total: number; readonly hash: Uint8Array };
}

/** The 14 fields that CometBFT 0.38–0.40 hashes, in that order. Hashes are 32 bytes or empty, the proposer 20. */
export interface Header {
  readonly version: { readonly block: bigint; readonly app: bigint };
  readonly chainId: string;
  readonly height: number;
  readonly time: Timestamp;
  readonly lastBlockId: BlockId;
  readonly lastCommitHash: Uint8Array;
  readonly dataHash: Uint8Array;
  readonly validatorsHash: Uint8Array;
  readonly nextValidatorsHash: Uint8Array;
  readonly consensusHash: Uint8Array;
  /** Application state after the previous block. */
  readonly appHash: Uint8Array;
  /** Root over the results of the previous block's transactions. */
  readonly lastResultsHash: Uint8Array;
  readonly evidenceHash: Uint8Array;
  readonly proposerAddress: Uint8Array;
}

/** Root of an RFC 6962 tree over byte strings, as CometBFT builds all its trees. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return rootOf(leaves.map(leafHash));
}

/** cometbft.types.v1.BlockID; its part set header is non-nullable and therefore always written. */
function blockIdBytes(id: BlockId): Uint8Array {
  const parts = concat(intField(1, BigInt(id.parts.total)), bytesField(2, id.parts.hash));
  return concat(bytesField(1, id.hash), bytesField(2, parts, true));
}

/**
 * Hash of a header, which is the hash in its block id.
 *
 * Source: CometBFT v0.40.0 types/block.go `Header.Hash`. Strings, integers and byte strings are wrapped in a one-field
 * message (`cdcEncode`), empty ones become empty leaves.
 *
 * @returns 32 bytes
 */
export function headerHash(header: Header): Uint8Array {
  return merkleRoot([
    concat(intField(1, header.version.block), intField(2, header.version.app)),
    textField(1, header.chainId),
    intField(1, BigInt(header.height)),
    timestamp(header.time),
    blockIdBytes(header.lastBlockId),
    ...[
      header.lastCommitHash,
      header.dataHash,
      header.validatorsHash,
      header.nextValidatorsHash,
      header.consensusHash,
      header.appHash,
      header.lastResultsHash,
      header.evidenceHash,
      header.proposerAddress,
    ].map((hash) => bytesField(1, hash)),
  ]);
}
