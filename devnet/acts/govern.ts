import { MsgUpdateParams } from '../../src/chain/generated/assay/registry/v1/tx.js';
import { message } from '../../src/chain/index.js';
import { VoteOption } from 'cosmjs-types/cosmos/gov/v1/gov';
import { governanceAddress, proposalOutcome, propose, vote } from '../governance.js';
import type { Stage } from '../stage.js';

/** A proposal under way: what it changes and to what. */
export interface Change {
  readonly proposalId: bigint;
  readonly maxParents: number;
}

/** Proposes to change a parameter of the registry and lets the validators vote; all but the last say yes. */
export async function proposeChange(stage: Stage): Promise<Change> {
  const { chain, network } = stage;
  const { params } = await chain.query.registry.Params({});
  if (params === undefined) throw new Error('the registry has no parameters');
  const maxParents = params.maxParents + 1;
  const proposalId = await propose(stage.sender('publisher'), {
    title: 'Allow one parent more',
    summary: `Raises registry.max_parents from ${params.maxParents} to ${maxParents}.`,
    messages: [message(MsgUpdateParams, { authority: await governanceAddress(chain), params: { ...params, maxParents } })],
    deposit: { amount: '1000000', denom: network.denom },
  });
  await Promise.all(network.nodes.map((_, i) => {
    const against = network.nodes.length > 1 && i === network.nodes.length - 1;
    return vote(stage.sender(`validator-${i}`), proposalId, against ? VoteOption.VOTE_OPTION_NO : VoteOption.VOTE_OPTION_YES);
  }));
  stage.story.say(`governance votes on proposal ${proposalId}: registry.max_parents from ${params.maxParents} to ${maxParents}; the vote takes ten seconds`);
  return { proposalId, maxParents };
}

/** Waits for the proposal's end and checks that the parameter is the new one. */
export async function settleChange(stage: Stage, change: Change): Promise<void> {
  const { story, chain } = stage;
  const outcome = await story.until(`proposal ${change.proposalId} to be decided`, () => proposalOutcome(chain, change.proposalId), { seconds: 40 });
  story.expect(`proposal ${change.proposalId}`, outcome, 'PASSED');
  const { params } = await chain.query.registry.Params({});
  story.expect('registry.max_parents is now', params?.maxParents, change.maxParents);
}
