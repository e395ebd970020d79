// assayd is a node of an Assay network, and the command line of its chain.
package main

import (
	"fmt"
	"os"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/cmd/assayd/cmd"
)

func main() {
	root, err := cmd.For(os.Args[1:])
	if err == nil {
		err = svrcmd.Execute(root, "ASSAYD", app.DefaultNodeHome)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "assayd:", err)
		os.Exit(1)
	}
}
