package cmd

import (
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/chain/cmd/assayd/testnet"
)

func beaconCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "beacon", Short: "The signer of a development network's randomness"}
	cmd.AddCommand(beaconSignCommand())
	return cmd
}

func beaconSignCommand() *cobra.Command {
	var file string
	var round uint64
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Print the 48-byte signature of a round, in hex",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if round == 0 {
				return fmt.Errorf("--round: expected a round from 1, found 0")
			}
			beacon, err := testnet.ReadBeacon(file)
			if err != nil {
				return err
			}
			key, err := beacon.Key()
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			signature, err := key.Sign(round)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), hex.EncodeToString(signature))
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "key", "", "the network's beacon.json")
	cmd.Flags().Uint64Var(&round, "round", 0, "round to sign, from 1")
	_ = cmd.MarkFlagRequired("key")
	_ = cmd.MarkFlagRequired("round")
	return cmd
}
