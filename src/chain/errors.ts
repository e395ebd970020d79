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

/** Codespaces of our modules: their numbers are stable, and a state that moved on is no defect of the sender's. */
const MODULES = new Set(['registry', 'compute', 'dispute', 'beacon']);

/**
 * The error of a refusal by the chain. Codes: the table above; `CHAIN_<MODULE>_<number>` for our modules and the rest.
 * The chain's own message is kept whole.
 */
export function chainError(failure: ChainFailure): AssayError {
  const { codespace, code, log, action } = failure;
  const row = ROWS[`${codespace}/${code}`] ?? {
    code: `CHAIN_${codespace.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_${code}`,
    decision: MODULES.has(codespace) ? 'user' : code === 111222 ? 'bug' : 'user',
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
