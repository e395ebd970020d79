package main

import "strings"

// module is the path of the Go module whose consensus code is checked.
const module = "github.com/assay-chain/assay/chain/"

// Consensus code: what runs between a block's bytes and its app hash. The test harness and the writer of development
// genesis files are below app/ and run on one machine only.
var (
	scopes   = []string{"app", "x", "merkle", "program", "referee"}
	excluded = []string{"app/apptest", "app/genesis"}
)

func inScope(path string) bool {
	relative, ok := strings.CutPrefix(path, module)
	if !ok || below(relative, excluded) {
		return false
	}
	return below(relative, scopes)
}

func below(path string, roots []string) bool {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return true
		}
	}
	return false
}

// generated reports files that protoc wrote: their encoders mention floats for every message, used or not. What consensus
// code does with a float field is found where it uses it.
func generated(file string) bool {
	return strings.HasSuffix(file, ".pb.go") || strings.HasSuffix(file, ".pb.gw.go")
}
