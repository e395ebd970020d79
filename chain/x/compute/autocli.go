package compute

import autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

// args are positional arguments: a field that is one gets no flag, so it cannot collide with --height, --from and the like.
func args(fields ...string) []*autocliv1.PositionalArgDescriptor {
	list := make([]*autocliv1.PositionalArgDescriptor, len(fields))
	for i, f := range fields {
		list[i] = &autocliv1.PositionalArgDescriptor{ProtoField: f}
	}
	return list
}

// submitHelp: the command line decodes JSON as protobuf, where a decimal is an integer.
const submitHelp = "Escrow a fee for one execution.\n\nDecimals in JSON are integers of 10^-18, without a point: " +
	`--tolerance '{"abs":"10000000000000","rel":"100000000000000"}' signs an absolute 0.00001 and a relative 0.0001.`

// AutoCLIOptions offers every message and query on the command line.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.compute.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "A version of the parameters, the newest by default", FlagOptions: map[string]*autocliv1.FlagOptions{"version": {Name: "params-version"}}},
				{RpcMethod: "Job", Use: "job [id]", Short: "A job with its duties", PositionalArgs: args("id")},
				{RpcMethod: "Jobs", Use: "jobs", Short: "Jobs by id, or those of one state"},
				{RpcMethod: "Worker", Use: "worker [address]", Short: "A worker", PositionalArgs: args("address")},
				{RpcMethod: "Workers", Use: "workers", Short: "Workers by address"},
				{RpcMethod: "Verifier", Use: "verifier [operator]", Short: "A verifier", PositionalArgs: args("operator")},
				{RpcMethod: "Verifiers", Use: "verifiers", Short: "Verifiers by operator"},
				{RpcMethod: "Duties", Use: "duties [operator]", Short: "An operator's duties on running jobs", PositionalArgs: args("operator")},
				{RpcMethod: "Snapshot", Use: "snapshot [epoch]", Short: "The set that duties are drawn from in an epoch", PositionalArgs: args("epoch")},
				{RpcMethod: "Price", Use: "price [artifact-id]", Short: "The least fee, bond and deposit of a job on an artifact", PositionalArgs: args("artifact_id")},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.compute.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "SubmitJob", Use: "submit-job [artifact-id] [job-fee] [profile]", Short: "Escrow a fee for one execution", Long: submitHelp, PositionalArgs: args("artifact_id", "job_fee", "profile")},
				{RpcMethod: "CancelJob", Use: "cancel-job [job-id]", Short: "End one's own OPEN job", PositionalArgs: args("job_id")},
				{RpcMethod: "RegisterWorker", Use: "register-worker [endpoint]", Short: "Set a worker's endpoint and owner", PositionalArgs: args("endpoint")},
				{RpcMethod: "ClaimJob", Use: "claim-job [job-id] [bond]", Short: "Take an OPEN job", PositionalArgs: args("job_id", "bond")},
				{RpcMethod: "CommitResult", Use: "commit-result [job-id]", Short: "Commit to a result", PositionalArgs: args("job_id")},
				{RpcMethod: "RegisterVerifier", Use: "register-verifier [deposit]", Short: "Put a deposit down for a validator", PositionalArgs: args("deposit")},
				{RpcMethod: "TopUpVerifier", Use: "top-up-verifier [operator] [amount]", Short: "Add to a verifier's deposit", PositionalArgs: args("operator", "amount")},
				{RpcMethod: "WithdrawVerifier", Use: "withdraw-verifier", Short: "Leave, and get the deposit back"},
				{RpcMethod: "Attest", Use: "attest [job-id] [verdict]", Short: "A drawn verifier's verdict", PositionalArgs: args("job_id", "verdict")},
				{RpcMethod: "UpdateParams", Use: "update-params [params]", Short: "Propose new parameters", PositionalArgs: args("params"), GovProposal: true},
			},
		},
	}
}
