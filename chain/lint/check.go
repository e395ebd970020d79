package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
)

// finding is one violation, printed as file:line:column: rule: what was found and what to do instead.
type finding struct {
	at   token.Position
	rule string
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s: %s: %s", f.at, f.rule, f.text) }

// check applies every rule to a file. A line yields each rule at most once.
func check(p *pkg, file *ast.File) []finding {
	var findings []finding
	seen := map[string]bool{}
	report := func(node ast.Node, rule, text string) {
		at := p.fset.Position(node.Pos())
		if key := rule + ":" + strconv.Itoa(at.Line); !seen[key] {
			seen[key] = true
			findings = append(findings, finding{at, rule, text})
		}
	}
	sorted := sortedCalls(p, file)
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.ImportSpec:
			checkImport(n, report)
		case *ast.GoStmt:
			report(n, ruleConcurrency, "found a goroutine: whichever runs first would decide; do it in order")
		case *ast.SelectStmt:
			report(n, ruleConcurrency, "found a select: it chooses at random; do it in order")
		case *ast.ChanType:
			report(n, ruleConcurrency, "found a channel: consensus code has one thread")
		case *ast.RangeStmt:
			checkRange(p, n, report)
		case *ast.CallExpr:
			checkMapIterator(p, n, sorted, report)
		case *ast.SelectorExpr:
			checkSelector(p, n, report)
		}
		if expression, ok := node.(ast.Expr); ok {
			checkFloat(p, expression, report)
		}
		return true
	})
	return findings
}
