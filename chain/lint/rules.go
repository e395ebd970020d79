package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// Names of the rules; each has a folder in testdata with code it must reject and code it must accept.
const (
	ruleFloat       = "float"
	ruleMath        = "math"
	ruleMapRange    = "maprange"
	ruleClock       = "clock"
	ruleRandom      = "random"
	ruleConcurrency = "concurrency"
	ruleUnsafe      = "unsafe"
)

type reporter func(node ast.Node, rule, text string)

// clock lists what package time knows of the machine's own time.
var clock = map[string]bool{
	"Now": true, "Since": true, "Until": true, "After": true, "AfterFunc": true, "Tick": true, "Sleep": true, "NewTimer": true, "NewTicker": true,
}

func checkImport(spec *ast.ImportSpec, report reporter) {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return
	}
	switch path {
	case "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash":
		report(spec, ruleRandom, "found an import of "+path+": use the beacon's randomness")
	case "unsafe":
		report(spec, ruleUnsafe, "found an import of unsafe: memory layout differs between machines")
	}
}

// checkSelector looks at uses of other packages' functions, under whatever name they were imported.
func checkSelector(p *pkg, selector *ast.SelectorExpr, report reporter) {
	function, ok := p.info.Uses[selector.Sel].(*types.Func)
	if !ok || function.Pkg() == nil || function.Signature().Recv() != nil {
		return
	}
	switch function.Pkg().Path() {
	case "time":
		if clock[function.Name()] {
			report(selector, ruleClock, "found time."+function.Name()+": use the block's time")
		}
	case "math":
		report(selector, ruleMath, "found math."+function.Name()+": results differ between CPUs; use integers, math/bits or math/big")
	}
}

func checkRange(p *pkg, loop *ast.RangeStmt, report reporter) {
	if isMap(p.info.TypeOf(loop.X)) {
		report(loop, ruleMapRange, "found a range over a map: its order is random; range over slices.Sorted(maps.Keys(m)) or a slice")
	}
}

func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// checkMapIterator finds maps.Keys, maps.Values and maps.All, which iterate in random order unless they are sorted at once.
func checkMapIterator(p *pkg, call *ast.CallExpr, sorted map[*ast.CallExpr]bool, report reporter) {
	if function := callee(p, call); function != nil && function.Pkg() != nil && function.Pkg().Path() == "maps" && !sorted[call] {
		switch function.Name() {
		case "Keys", "Values", "All":
			report(call, ruleMapRange, "found maps."+function.Name()+": its order is random; wrap it in slices.Sorted")
		}
	}
}

// sortedCalls collects the calls that are the direct argument of slices.Sorted or slices.SortedFunc.
func sortedCalls(p *pkg, file *ast.File) map[*ast.CallExpr]bool {
	sorted := map[*ast.CallExpr]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		if function := callee(p, call); function != nil && function.Pkg() != nil && function.Pkg().Path() == "slices" &&
			(function.Name() == "Sorted" || function.Name() == "SortedFunc") {
			if inner, ok := call.Args[0].(*ast.CallExpr); ok {
				sorted[inner] = true
			}
		}
		return true
	})
	return sorted
}

func callee(p *pkg, call *ast.CallExpr) *types.Func {
	target := call.Fun
	if index, ok := target.(*ast.IndexExpr); ok {
		target = index.X
	}
	selector, ok := target.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	function, _ := p.info.Uses[selector.Sel].(*types.Func)
	return function
}

// checkFloat finds every expression and every type expression of floating point or complex type, constants included.
func checkFloat(p *pkg, expression ast.Expr, report reporter) {
	if literal, ok := expression.(*ast.BasicLit); ok && (literal.Kind == token.FLOAT || literal.Kind == token.IMAG) {
		report(expression, ruleFloat, "found the literal "+literal.Value+": write an integer")
		return
	}
	if basic, ok := basicOf(p.info.TypeOf(expression)); ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0 {
		report(expression, ruleFloat, "found "+basic.Name()+": Go may fuse multiply and add, and CPUs differ; use integers or math.LegacyDec")
	}
}

// basicOf unwraps named types and the element of one pointer, slice or array.
func basicOf(t types.Type) (*types.Basic, bool) {
	for t != nil {
		switch u := t.Underlying().(type) {
		case *types.Basic:
			return u, true
		case *types.Pointer:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		case *types.Array:
			t = u.Elem()
		default:
			return nil, false
		}
	}
	return nil, false
}
