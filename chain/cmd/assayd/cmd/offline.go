package cmd

import (
	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/chain/audit/cli"
)

const short = "A node of an Assay network, and the command line of its chain"

// For builds the command line for the given arguments: commands that only compute do without the application, whose wiring
// takes longer than most proofs to judge.
func For(args []string) (*cobra.Command, error) {
	if len(args) > 0 {
		for _, command := range offlineCommands() {
			if command.Name() == args[0] {
				root := &cobra.Command{Use: "assayd", Short: short, SilenceErrors: true, SilenceUsage: true}
				root.AddCommand(command)
				return root, nil
			}
		}
	}
	return NewRoot()
}

// offlineCommands need neither node nor home nor application.
func offlineCommands() []*cobra.Command {
	return append(cli.NewCmds(), beaconCommand())
}

// offlineKey marks commands that must leave nothing behind in anybody's home.
const offlineKey = "assay/offline"

func markOffline(cmd *cobra.Command) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[offlineKey] = "true"
	return cmd
}

func isOffline(cmd *cobra.Command) bool {
	for ; cmd != nil; cmd = cmd.Parent() {
		if _, marked := cmd.Annotations[offlineKey]; marked {
			return true
		}
	}
	return false
}
