// The chain as clients see it: keys, signing, queries, typed events, and the hashes that both sides compute.
export { DEFAULT_PREFIX, addressBytes, addressPrefix, validatorAddress } from './address.js';
export { ChainClient, parseGasPrice, type BlockEvents, type ChainOptions, type Head } from './client.js';
export { commitmentsOf, readCommitments, type Commitments } from './commitments.js';
export { decimalToWire, decimalUnits } from './decimal.js';
export { dryRun } from './dry-run.js';
export { chainError, refusalOf, type ChainFailure } from './errors.js';
export { EVENTS, decodeEvents, eventsOf, type AssayEvent, type EventValue, type RawEvent } from './events.js';
export { HOT_KEY_MESSAGES, checkGrants, operatorGrants, type GrantOptions } from './grants.js';
export { NO_TRACE, drawElements, dutyNumber, executionHash, faultCommitment, isDrawn, resultCommitment, type FaultParts, type ResultParts } from './hashes.js';
export { keyFromFile, keyFromMnemonic, keyFromPrivate, type Key } from './keys.js';
export { splitFee, type FeeSplit, type Shares } from './money.js';
export { createQueries, pages, type Queries } from './queries.js';
export { assayTypes, message, messageRegistry, type Message, type MessageCodec } from './registry.js';
export { FailoverRpc } from './rpc.js';
export { Sender, type SendOptions, type Sent, type SenderOptions } from './sender.js';
export { signTx, uniqueNanos, type SignedTx, type TxParts } from './tx.js';
