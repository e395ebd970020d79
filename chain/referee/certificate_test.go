package referee

import (
	"encoding/json"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// certifiedFunction is what a certificate is about: the exact function the referee's rule for
// it, and the constants that a certificate has to support (nil where the bound is derived).
type certifiedFunction struct {
	exact func(x *big.Float) *big.Float
	rule  floatRule
	claim func(Constants) Function
}

func certifiedFunctions() map[string]certifiedFunction {
	// Pow, Sqrt and Reciprocal grant units of 2^-24 relative to the exact value; certificates state twos of them.
	roots := func(c Constants) Function { return Function{Ulps: c.Roots / 2} }
	return map[string]certifiedFunction{
		"Exp":        {bexp, (*Constants).exp, func(c Constants) Function { return c.Exp }},
		"Log":        {blog, (*Constants).log, func(c Constants) Function { return c.Log }},
		"Erf":        {berf, (*Constants).erf, func(c Constants) Function { return c.Erf }},
		"Tanh":       {btanh, (*Constants).tanh, func(c Constants) Function { return c.Tanh }},
		"Sigmoid":    {bsigmoid, (*Constants).sigmoid, func(c Constants) Function { return c.Sigmoid }},
		"Sqrt":       {func(x *big.Float) *big.Float { return bnew().Sqrt(x) }, (*Constants).sqrt, roots},
		"Reciprocal": {func(x *big.Float) *big.Float { return bquo(bf(1), x) }, (*Constants).reciprocal, roots},
		"Gelu":       {exact: bgelu, rule: (*Constants).gelu},
		"GeluTanh":   {exact: bgeluTanh, rule: (*Constants).geluTanh},
		"Softplus":   {exact: bsoftplus, rule: (*Constants).softplus},
		"HardSwish": {exact: func(x *big.Float) *big.Float {
			switch {
			case x.Cmp(bf(-3)) <= 0:
				return bnew()
			case x.Cmp(bf(3)) >= 0:
				return x
			}
			return bquo(bmul(x, badd(x, bf(3))), bf(6))
		}, rule: (*Constants).hardSwish},
	}
}

func readVectors(t *testing.T, path string, value any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, value); err != nil {
		t.Fatal(path, err)
	}
}

func wordOf(t *testing.T, hex string) uint32 {
	t.Helper()
	x, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(x)
}

// TestCertificateReferences holds the float64 references by which kernels are certified (certify/reference.ts) against
// 500-bit arithmetic: they are as accurate as every certificate says.
func TestCertificateReferences(t *testing.T) {
	var vectors struct {
		X         []string
		Functions []struct {
			Name string
			F    []string
		}
	}
	readVectors(t, "../../test/vectors/functions.json", &vectors)
	functions := certifiedFunctions()
	if len(vectors.Functions) != len(functions) {
		t.Fatalf("%d functions, expected %d", len(vectors.Functions), len(functions))
	}
	allowed := pow2(-44)
	for _, f := range vectors.Functions {
		worst, tested := 0.0, 0
		for i, hex := range vectors.X {
			x := value(wordOf(t, hex))
			if f.Name != "HardSwish" && f.Name != "Sqrt" && f.Name != "Reciprocal" && f.Name != "Log" && babs(x).Cmp(bf(700)) > 0 {
				continue // constants of the reference, beyond the oracle's series
			}
			b, err := strconv.ParseUint(f.F[i], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			got := math.Float64frombits(b)
			if math.IsNaN(got) || math.IsInf(got, 0) {
				if negative := x.Sign() < 0; x.Sign() != 0 && (!negative || f.Name != "Log" && f.Name != "Sqrt") {
					t.Fatalf("%s(%s) = %v", f.Name, hex, got)
				}
				continue
			}
			want := functions[f.Name].exact(x)
			distance := babs(bsub(bf(got), want))
			if distance.Cmp(badd(bmul(allowed, babs(want)), pow2(-300))) > 0 {
				t.Fatalf("%s(%s) = %v, 500 bits say %s", f.Name, hex, got, want.Text('g', 20))
			}
			if tested++; want.Sign() != 0 && babs(want).Cmp(pow2(-200)) > 0 {
				relative, _ := bquo(distance, babs(want)).Float64()
				worst = max(worst, relative)
			}
		}
		if tested < 200 {
			t.Fatalf("%s: %d points tested", f.Name, tested)
		}
		t.Logf("%s: off by 2^%.1f at most in %d points", f.Name, math.Log2(worst), tested)
	}
}

// TestCertificates: the constants of the referee are those that the certificates support, and the worst cases of every
// certificate are what it says: recomputed in 500 bits, and acquitted by the judge.
func TestCertificates(t *testing.T) {
	paths, err := filepath.Glob("../../certificates/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no certificates", err)
	}
	type worst map[string]struct {
		Value float64
		X, Y  string
	}
	functions, constants := certifiedFunctions(), DefaultConstants()
	seen := map[string]bool{}
	for _, path := range paths {
		var c struct {
			Function string
			Holds    bool
			Inputs   uint64
			Claim    *struct{ Rho, Alpha uint32 }
			Worst    worst
			// what was seen in short vectors
			Remainders struct{ Worst worst }
		}
		readVectors(t, path, &c)
		f, known := functions[c.Function]
		if !known || !c.Holds || c.Inputs != 1<<32 {
			t.Fatalf("%s: known %v, holds %v, %d inputs", path, known, c.Holds, c.Inputs)
		}
		if f.claim == nil != (c.Claim == nil) {
			t.Fatalf("%s: claim %v", path, c.Claim)
		}
		if f.claim != nil {
			seen[c.Function] = true
			if granted := f.claim(constants); granted.Ulps != c.Claim.Rho || granted.Absolute != c.Claim.Alpha {
				t.Fatalf("%s: the referee grants %+v, the certificate was measured against %+v: certify again", path, granted, *c.Claim)
			}
		}
		for _, cases := range []worst{c.Worst, c.Remainders.Worst} {
			if share, measured := cases["share"]; !measured || share.Value > 1 {
				t.Fatalf("%s: %v of the bound", path, share.Value)
			}
			for measure, w := range cases {
				x, y := wordOf(t, w.X), wordOf(t, w.Y)
				if o := f.rule(&constants, y, x, nil); o.fault || o.cause != Decided {
					t.Fatalf("%s: the worst case %s of %s is convicted: %+v", path, w.X, measure, o)
				}
				if measure == "ulp" {
					exact := f.exact(value(x))
					ulps, _ := bquo(babs(bsub(value(y), exact)), pow2(exact.MantExp(nil)-24)).Float64()
					if math.Abs(ulps-w.Value) > 1e-5*w.Value {
						t.Fatalf("%s: %v ulps at %s, 500 bits say %v", path, w.Value, w.X, ulps)
					}
				}
			}
		}
	}
	for name, f := range functions {
		if f.claim != nil && !seen[name] {
			t.Errorf("no certificate supports the constants of %s", name)
		}
	}
}
