package dispute

import autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

func positional(fields ...string) (args []*autocliv1.PositionalArgDescriptor) {
	for _, f := range fields {
		args = append(args, &autocliv1.PositionalArgDescriptor{ProtoField: f})
	}
	return args
}

// AutoCLIOptions describes the command line of the module. Bytes are read as hex or base64.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.dispute.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show the parameters of disputes, the newest version by default"},
				{RpcMethod: "Dispute", Use: "dispute [job-id]", Short: "Show a job's dispute with its commitments and a page of its demands", PositionalArgs: positional("job_id")},
				{RpcMethod: "Disputes", Use: "disputes", Short: "List disputes by job"},
				{RpcMethod: "Demand", Use: "demand [id]", Short: "Show a demand of chunks", PositionalArgs: positional("id")},
				{RpcMethod: "DryRun", Use: "dry-run [job-id] [proof]", Short: "Judge a fault proof without sending it", PositionalArgs: positional("job_id", "proof")},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.dispute.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Challenge", Use: "challenge [job-id]", Short: "Ask a committed job for its trace", PositionalArgs: positional("job_id")},
				{RpcMethod: "PublishTrace", Use: "publish-trace [job-id] [trace-root]", Short: "Answer a challenge", PositionalArgs: positional("job_id", "trace_root")},
				{RpcMethod: "DemandChunks", Use: "demand-chunks [job-id]", Short: "Ask for chunks on chain", PositionalArgs: positional("job_id")},
				{RpcMethod: "ServeChunks", Use: "serve-chunks [demand-id]", Short: "Answer a demand of chunks", PositionalArgs: positional("demand_id")},
				{RpcMethod: "CommitFault", Use: "commit-fault [job-id] [hash]", Short: "Commit to a fault proof, with a bond", PositionalArgs: positional("job_id", "hash")},
				{RpcMethod: "ProveFault", Use: "prove-fault [job-id] [salt] [proof]", Short: "Reveal a fault proof", PositionalArgs: positional("job_id", "salt", "proof")},
				{RpcMethod: "OpenInput", Use: "open-input [job-id] [proof]", Short: "Show a forbidden element of a job's input", PositionalArgs: positional("job_id", "proof")},
				{RpcMethod: "OpenWeight", Use: "open-weight [artifact-id] [proof]", Short: "Show a forbidden element of a publication's weights", PositionalArgs: positional("artifact_id", "proof")},
				{RpcMethod: "UpdateParams", Use: "update-params", Short: "Propose new parameters to governance", GovProposal: true},
			},
		},
	}
}
