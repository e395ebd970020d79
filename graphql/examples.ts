/** A query worth trying, with its variables. */
export interface ExampleQuery {
  readonly title: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The five questions that the demo asks and the page offers.
 *
 * @param ids a convicted job, a job whose result has a provenance, and a proposal that passed; decimal numbers
 */
export function exampleQueries(ids: { readonly faultedJob: string; readonly finalJob: string; readonly proposal: string }): readonly ExampleQuery[] {
  return [
    {
      title: 'Jobs by state',
      query: `query JobsByState {
  jobCounts { state count }
  jobs(first: 10) { totalCount edges { node { jobId state reason requester worker fee artifact { name licence } } } }
}`,
      variables: {},
    },
    {
      title: 'The dispute with its explanation',
      query: `query TheDispute($jobId: BigInt!) {
  dispute(jobId: $jobId) {
    phase reason challenger drawn worker prover proofHash proofHeight proofSize
    explanation { kind node op element coordinates claimed exact bound ratio }
    demands { demandId state bytes servedBy }
    commitments { commitmentId sender state bond }
    job { state reason payments { recipient amount purpose } }
  }
}`,
      variables: { jobId: ids.faultedJob },
    },
    {
      title: 'The lineage of one result, from dataset to output',
      query: `query Lineage($jobId: BigInt!) {
  lineage(jobId: $jobId) {
    nodes { key kind label root }
    edges { source role target evidence path }
  }
}`,
      variables: { jobId: ids.finalJob },
    },
    {
      title: 'A proposal that changed a parameter, and its votes',
      query: `query Proposal($proposalId: BigInt!) {
  proposal(proposalId: $proposalId) {
    title status submitHeight votingStartHeight endHeight
    changedParams { module path before after }
    votes { voter options { option weight } }
    voterTally { yes no abstain noWithVeto }
    stakeTally { yes no abstain noWithVeto }
  }
}`,
      variables: { proposalId: ids.proposal },
    },
    {
      title: 'Indexer status',
      query: `query Status {
  indexer { chainId head verifiedHeight target lag }
}`,
      variables: {},
    },
  ];
}
