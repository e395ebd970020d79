// The consensus lint: what every validator computes must come out the same on every machine, so consensus code has no
// floating point, no iteration over maps, no clock, no randomness, no concurrency and no unsafe memory.
//
//	go run ./lint ./...      in chain/; exit status 1 and one line a finding if something is wrong
package main

import (
	"fmt"
	"os"
)

func main() {
	patterns := os.Args[1:]
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	packages, err := load(patterns)
	if err != nil {
		fmt.Fprintln(os.Stderr, "LINT:", err)
		os.Exit(2)
	}
	files, findings := 0, 0
	for _, pkg := range packages {
		if !inScope(pkg.path) {
			continue
		}
		for _, file := range pkg.files {
			if generated(pkg.name(file)) {
				continue
			}
			files++
			for _, finding := range check(pkg, file) {
				findings++
				fmt.Fprintln(os.Stderr, finding)
			}
		}
	}
	if files == 0 {
		fmt.Fprintln(os.Stderr, "LINT: expected consensus code among the packages, found none: run it in chain/ on ./...")
		os.Exit(2)
	}
	if findings > 0 {
		fmt.Fprintf(os.Stderr, "LINT: %d findings in %d files of consensus code\n", findings, files)
		os.Exit(1)
	}
	fmt.Printf("consensus lint: %d files, no findings\n", files)
}
