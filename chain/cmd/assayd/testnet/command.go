package testnet

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/chain/app"
)

// NewCommand is `assayd testnet`.
func NewCommand(encoding app.Encoding, defaults func() app.GenesisState) *cobra.Command {
	options := DefaultOptions()
	cmd := &cobra.Command{
		Use:   "testnet DIR",
		Short: "Write a development network of N validators for this host",
		Long: `Write a development network of N validators for this host into DIR, a new or empty folder.

Node i lives in DIR/node-i and listens on this host alone: RPC at base+i, p2p at base+100+i, gRPC at base+200+i, REST at
base+300+i. Every validator is a verifier from epoch 0 on. DIR/network.json says where everything is; DIR/accounts.json
(keys of accounts) and DIR/beacon.json (key of the randomness) are secrets of a network that is worth nothing.
Start a node with: assayd start --home DIR/node-0`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Dir = args[0]
			network, err := Write(options, encoding, defaults())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d validators in %s, RPC at %s\n", network.ChainID, len(network.Nodes), options.Dir, network.Nodes[0].RPC)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&options.Validators, "validators", options.Validators, "number of validators")
	flags.IntVar(&options.BasePort, "base-port", options.BasePort, "first port")
	flags.StringVar(&options.ChainID, "chain-id", options.ChainID, "chain id")
	flags.DurationVar(&options.BlockTime, "block-time", options.BlockTime, "block time to aim at")
	flags.StringVar(&options.Accounts, "accounts", options.Accounts, "accounts to fund: name=amount,… in "+app.Denom)
	flags.StringVar(&options.BeaconSeed, "beacon-key-seed", options.BeaconSeed, "derive the beacon's key from this text instead of at random")
	flags.Int64Var(&options.Stake, "stake", options.Stake, "bonded stake of each validator")
	flags.Int64Var(&options.Balance, "balance", options.Balance, "balance of each validator's account")
	flags.Int64Var(&options.Deposit, "deposit", options.Deposit, "deposit of each validator as a verifier; 0 registers none")
	return cmd
}
