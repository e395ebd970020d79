/** Accounts that voted, by what most of their vote is for. */
export interface VoterTally {
  readonly yes: number;
  readonly no: number;
  readonly abstain: number;
  readonly noWithVeto: number;
  readonly voters: number;
}

/** Counts heads. Of a split vote the heaviest option counts, the first of equals. */
export function tallyByVoters(votes: readonly { readonly options: readonly { readonly option: string; readonly weight: string }[] }[]): VoterTally {
  const count = (option: string) => votes.filter((v) => heaviest(v.options) === option).length;
  return { yes: count('YES'), no: count('NO'), abstain: count('ABSTAIN'), noWithVeto: count('NO_WITH_VETO'), voters: votes.length };
}

function heaviest(options: readonly { readonly option: string; readonly weight: string }[]): string | undefined {
  return [...options].sort((a, b) => Number(b.weight) - Number(a.weight))[0]?.option;
}
