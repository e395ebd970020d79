package main

import (
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixturePackages are what fixtures may import.
var fixturePackages = []string{"crypto/rand", "errors", "fmt", "hash/maphash", "maps", "math", "math/big", "math/bits", "math/rand", "math/rand/v2", "slices", "strings", "sync/atomic", "time", "unsafe"}

// Each rule rejects exactly the lines of its reject.go that say so, and nothing in its accept.go.
func TestEveryRuleRejectsAndAccepts(t *testing.T) {
	all, err := list(fixturePackages)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{ruleFloat, ruleMath, ruleMapRange, ruleClock, ruleRandom, ruleConcurrency, ruleUnsafe} {
		t.Run(rule, func(t *testing.T) {
			wanted := 0
			for _, name := range []string{"reject.go", "accept.go"} {
				path := filepath.Join("testdata", rule, name)
				want := wants(t, path)
				got := findingsOf(t, all, path)
				if !slices.Equal(want, got) {
					t.Errorf("%s:\nexpected %q\nfound    %q", path, want, got)
				}
				for _, w := range want {
					if !strings.HasSuffix(w, " "+rule) && rule != ruleMath {
						t.Errorf("%s tests another rule: %s", path, w)
					}
				}
				if name == "reject.go" {
					wanted = len(want)
				} else if len(want) > 0 {
					t.Errorf("%s must be clean", path)
				}
			}
			if wanted == 0 {
				t.Errorf("rule %s has nothing that it must reject", rule)
			}
		})
	}
	entries, err := os.ReadDir("testdata")
	if err != nil || len(entries) != 7 {
		t.Errorf("testdata: expected a folder for each of the 7 rules, found %d (%v)", len(entries), err)
	}
}

// wants reads the marks: `// want rule` at the end of a line, several rules separated by spaces.
func wants(t *testing.T, path string) []string {
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, line := range strings.Split(string(content), "\n") {
		if _, rules, found := strings.Cut(line, "// want "); found {
			for _, rule := range strings.Fields(rules) {
				want = append(want, fmt.Sprintf("%d %s", i+1, rule))
			}
		}
	}
	slices.Sort(want)
	return want
}

func findingsOf(t *testing.T, all []listed, path string) []string {
	fset := token.NewFileSet()
	fixture, err := typeCheck(fset, newImporter(fset, all), "fixture", []string{path})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, finding := range check(fixture, fixture.files[0]) {
		got = append(got, fmt.Sprintf("%d %s", finding.at.Line, finding.rule))
	}
	slices.Sort(got)
	return got
}

func TestScope(t *testing.T) {
	for path, want := range map[string]bool{
		"app": true, "app/apptest": false, "app/genesis": false, "x/compute/keeper": true, "x/beacon/drand": true, "merkle": true,
		"program": true, "referee": true, "cmd/assayd/testnet": false, "lint": false, "apples": false, "audit/cli": false,
	} {
		if inScope(module+path) != want {
			t.Errorf("%s: expected in scope: %v", path, want)
		}
	}
	if inScope("github.com/cosmos/cosmos-sdk/x/bank") {
		t.Error("other modules are not ours to lint")
	}
}
