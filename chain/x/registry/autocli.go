package registry

import autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

// toleranceHelp: the command line decodes JSON as protobuf, where a decimal is an integer.
const toleranceHelp = "Decimals in JSON are integers of 10^-18, without a point: " +
	`"max_tolerance":{"abs":"10000000000000","rel":"100000000000000"} is an absolute 0.00001 and a relative 0.0001.`

// AutoCLIOptions describes the command line of the module.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	id := []*autocliv1.PositionalArgDescriptor{{ProtoField: "id"}}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.registry.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show the registry's bounds and the cap on tolerances"},
				{RpcMethod: "Artifact", Use: "artifact [id]", Short: "Show a publication", PositionalArgs: id},
				{RpcMethod: "Artifacts", Use: "artifacts", Short: "List publications by id"},
				{RpcMethod: "Policy", Use: "policy [digest]", Short: "Show governance's policy on a digest (hex)", PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "digest"}}},
				{RpcMethod: "Policies", Use: "policies", Short: "List decided policies by digest"},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.registry.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "PublishArtifact", Use: "publish [kind] [name] [licence]", Short: "Publish an artifact; the chain validates a program record whole",
					Long:           "Publish an artifact. Kind: model, program, dataset, adapter or report. Bytes are hex or base64; the decimals abs and rel\nof a tolerance are written as integers of 10^-18, e.g. --default-tolerance '{\"abs\":\"10000000000000\",\"rel\":\"0\"}' for 1e-5.",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "kind"}, {ProtoField: "name"}, {ProtoField: "licence"}},
				},
				{
					RpcMethod: "DeprecateArtifact", Use: "deprecate [artifact-id] [reason]", Short: "Mark your own publication as superseded",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "artifact_id"}, {ProtoField: "reason"}},
				},
				{RpcMethod: "SetPolicy", Use: "set-policy", Short: "Propose a policy on a digest to governance", Long: "Propose a policy on a digest to governance.\n\n" + toleranceHelp, GovProposal: true},
				{RpcMethod: "UpdateParams", Use: "update-params", Short: "Propose new parameters to governance", Long: "Propose new parameters to governance.\n\n" + toleranceHelp, GovProposal: true},
			},
		},
	}
}
