import { GenericAuthorization } from 'cosmjs-types/cosmos/authz/v1beta1/authz';
import { MsgExec, MsgGrant } from 'cosmjs-types/cosmos/authz/v1beta1/tx';
import { AllowedMsgAllowance, BasicAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/feegrant';
import { MsgGrantAllowance } from 'cosmjs-types/cosmos/feegrant/v1beta1/tx';
import { AssayError } from '../errors.js';
import type { ChainClient } from './client.js';
import { MsgPostBeacon } from './generated/assay/beacon/v1/tx.js';
import { MsgAttest } from './generated/assay/compute/v1/tx.js';
import { MsgChallenge, MsgCommitFault, MsgDemandChunks, MsgProveFault } from './generated/assay/dispute/v1/tx.js';
import type { Message } from './registry.js';

/** All that a verifier's hot key may do for its operator. None of it can move the operator's coins. */
export const HOT_KEY_MESSAGES = [MsgAttest, MsgChallenge, MsgDemandChunks, MsgCommitFault, MsgProveFault, MsgPostBeacon].map((m) => `/${m.$type}`);

/** What an operator grants its hot key. */
export interface GrantOptions {
  readonly operator: string;
  readonly hotKey: string;
  /** Milliseconds since 1970. Grants must be renewed; a stolen key dies with them. */
  readonly expiresMs: number;
  /** Fees that the operator pays at most until then. */
  readonly spendLimit: { readonly amount: string; readonly denom: string };
  /** Message types; default {@link HOT_KEY_MESSAGES}. */
  readonly messages?: readonly string[];
}

/** The messages that an operator signs, with its own key on its own machine, to let a hot key act. */
export function operatorGrants(o: GrantOptions): Message[] {
  const expiration = { seconds: BigInt(Math.floor(o.expiresMs / 1000)), nanos: 0 };
  const authorizations = (o.messages ?? HOT_KEY_MESSAGES).map((msg) => ({
    typeUrl: MsgGrant.typeUrl,
    value: MsgGrant.fromPartial({
      granter: o.operator,
      grantee: o.hotKey,
      grant: { authorization: { typeUrl: GenericAuthorization.typeUrl, value: GenericAuthorization.encode({ msg }).finish() }, expiration },
    }),
  }));
  const basic = BasicAllowance.encode({ spendLimit: [o.spendLimit], expiration }).finish();
  const allowance = AllowedMsgAllowance.encode({ allowance: { typeUrl: BasicAllowance.typeUrl, value: basic }, allowedMessages: [MsgExec.typeUrl] }).finish();
  return [
    ...authorizations,
    {
      typeUrl: MsgGrantAllowance.typeUrl,
      value: MsgGrantAllowance.fromPartial({ granter: o.operator, grantee: o.hotKey, allowance: { typeUrl: AllowedMsgAllowance.typeUrl, value: allowance } }),
    },
  ];
}

/**
 * Checks that a hot key may do all that it needs to, now.
 *
 * @throws AssayError GRANTS_MISSING naming what the operator must grant
 */
export async function checkGrants(client: ChainClient, operator: string, hotKey: string, messages = HOT_KEY_MESSAGES): Promise<void> {
  const { grants } = await client.query.authz.Grants({ granter: operator, grantee: hotKey, msgTypeUrl: '' });
  const now = BigInt(Math.floor((await client.head()).timeMs / 1000));
  const granted = new Set(
    grants.flatMap(({ authorization, expiration }) =>
      authorization?.typeUrl === GenericAuthorization.typeUrl && (expiration === undefined || expiration.seconds > now)
        ? [GenericAuthorization.decode(authorization.value).msg]
        : [],
    ),
  );
  const missing = messages.filter((m) => !granted.has(m));
  const allowance = await client.query.feegrant.Allowance({ granter: operator, grantee: hotKey }).then(
    (r) => r.allowance !== undefined,
    () => false,
  );
  if (!allowance) missing.push('a fee allowance for /cosmos.authz.v1beta1.MsgExec');
  if (missing.length > 0)
    throw new AssayError('GRANTS_MISSING', `the hot key ${hotKey} may not act for ${operator}: ${missing.join(', ')}`, {
      hint: 'Let the operator sign what `assay sidecar grants` prints.',
    });
}
