package beacon

import autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

// AutoCLIOptions describes the command line of the module.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.beacon.v1.Query",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show the beacon's key, schedule and margin"},
				{RpcMethod: "Round", Use: "round [round]", Short: "Show a recorded round", PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "round"}}},
				{RpcMethod: "PinnedRounds", Use: "pinned", Short: "List the rounds that jobs wait for"},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "assay.beacon.v1.Msg",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "PostBeacon", Use: "post [round] [signature]", Short: "Relay a round: its signature is 48 bytes, in hex or base64",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "round"}, {ProtoField: "signature"}},
				},
				{RpcMethod: "UpdateParams", Use: "update-params", Short: "Propose new parameters to governance", GovProposal: true},
			},
		},
	}
}
