import { AssayError, type Decision, type Facts } from '../errors.js';

/** What a failed transaction or query says of itself. */
export interface ChainFailure {
  readonly codespace: string;
  readonly code: number;
  readonly log: string;
  /** what was attempted: `ProveFault`, `query Job` */
  readonly action?: string;
  readonly facts?: Facts;
}

interface Row {
  readonly code: string;
  readonly decision: Decision;
  readonly hint?: string;
}

// The SDK's own codes that a client can act on; everything else keeps its number.
const ROWS: Readonly<Record<string, Row>> = {
  'sdk/4': { code: 'CHAIN_UNAUTHORIZED', decision: 'user', hint: 'Check that the signer is the account that the message names.' },
  'sdk/5': { code: 'CHAIN_INSUFFICIENT_FUNDS', decision: 'user', hint: 'Fund the account.' },
  'sdk/9': { code: 'CHAIN_UNKNOWN_ACCOUNT', decision: 'user', hint: 'The account does not exist yet: send it a coin or grant it an allowance.' },
  'sdk/11': { code: 'CHAIN_OUT_OF_GAS', decision: 'retry' },
  'sdk/13': { code: 'CHAIN_INSUFFICIENT_FEE', decision: 'user', hint: 'Raise chain.gas_price.' },
  'sdk/18': { code: 'CHAIN_INVALID_REQUEST', decision: 'user' },
  'sdk/19': { code: 'CHAIN_TX_IN_MEMPOOL', decision: 'retry' },
  'sdk/20': { code: 'CHAIN_MEMPOOL_FULL', decision: 'retry' },
  'sdk/21': { code: 'CHAIN_TX_TOO_LARGE', decision: 'user' },
  'sdk/22': { code: 'CHAIN_NOT_FOUND', decision: 'user' },
  'sdk/30': { code: 'CHAIN_TX_EXPIRED', decision: 'retry' },
  'sdk/32': { code: 'CHAIN_WRONG_SEQUENCE', decision: 'retry' },
  'sdk/38': { code: 'CHAIN_NOT_FOUND', decision: 'user' },
  'sdk/42': { code: 'CHAIN_TX_EXPIRED', decision: 'retry' },
  'authz/2': { code: 'CHAIN_GRANT_MISSING', decision: 'user', hint: 'The operator must grant this message type to the hot key, or renew an expired grant.' },
  'feegrant/2': { code: 'CHAIN_ALLOWANCE_EXCEEDED', decision: 'user', hint: 'The operator must raise the fee allowance.' },
  'feegrant/5': { code: 'CHAIN_ALLOWANCE_MISSING', decision: 'user', hint: 'The operator must grant a fee allowance.' },
  'feegrant/7': { code: 'CHAIN_ALLOWANCE_REFUSED', decision: 'user', hint: 'The allowance must include /cosmos.authz.v1beta1.MsgExec.' },
};

// Our modules' numbers that daemons decide by (chain/x/*/types/errors.go); the rest keep their number.
const NAMES: Readonly<Record<string, string>> = {
  'compute/4': 'NOT_FOUND',
  'compute/13': 'COMPUTE_STATE',
  'compute/14': 'COMPUTE_DEADLINE',
  'compute/16': 'COMPUTE_NO_VERIFIERS',
  'compute/17': 'COMPUTE_BOND',
  'compute/24': 'COMPUTE_ATTESTED',
  'compute/25': 'COMPUTE_NO_DUTY',
  'compute/28': 'COMPUTE_DEPOSIT',
  'dispute/6': 'NOT_FOUND',
  'dispute/7': 'DISPUTE_JOB_STATE',
  'dispute/8': 'DISPUTE_NO_CHALLENGE_NEEDED',
  'dispute/9': 'DISPUTE_CHALLENGED',
  'dispute/10': 'DISPUTE_NO_CHALLENGE',
  'dispute/12': 'DISPUTE_DEADLINE',
  'dispute/17': 'DISPUTE_DEMANDED',
  'dispute/18': 'DISPUTE_FUNDS',
  'dispute/19': 'DISPUTE_DEMAND_STATE',
  'dispute/22': 'DISPUTE_LIVE_COMMITMENT',
  'dispute/24': 'DISPUTE_NO_COMMITMENT',
  'dispute/25': 'DISPUTE_TOO_EARLY',
};

/**
 * The error of a refusal by the chain. Codes: the table above; `CHAIN_<MODULE>_<number>` for our modules and the rest.
 * The chain's own message is kept whole.
 */
export function chainError(failure: ChainFailure): AssayError {
  const { codespace, code, log, action } = failure;
  const at = `${codespace}/${code}`;
  const row: Row = ROWS[at] ?? {
    code: `CHAIN_${NAMES[at] ?? `${codespace.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_${code}`}`,
    // 111222: a message panicked in the node.
    decision: code === 111222 ? 'bug' : 'user',
  };
  return new AssayError(row.code, `${action ?? 'the transaction'} was refused: ${firstLine(log)}`, {
    decision: row.decision,
    facts: { codespace, code, ...failure.facts },
    hint: row.hint,
  });
}

/** Codespace and number of a refusal, of an error made by {@link chainError}. */
export function refusalOf(error: unknown): { codespace: string; code: number } | undefined {
  if (!(error instanceof AssayError)) return undefined;
  const { codespace, code } = error.facts;
  return typeof codespace === 'string' && typeof code === 'number' ? { codespace, code } : undefined;
}

function firstLine(log: string): string {
  const line = log.split('\n')[0] ?? '';
  return (line.length > 400 ? `${line.slice(0, 400)}…` : line).replace(/\.$/, '') || 'no reason given';
}
