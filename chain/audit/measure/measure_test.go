package main

import (
	"testing"

	"github.com/assay-chain/assay/chain/app/genesis"
	"github.com/assay-chain/assay/chain/program"
)

// TestEveryOperatorIsMeasured: every operator of the table has a sample whose proofs are judged, within the closed form and
// the protocol's sizes.
func TestEveryOperatorIsMeasured(t *testing.T) {
	all, err := trials()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(sizes)*len(program.Operators()) || len(samples) != len(program.Operators()) {
		t.Fatalf("%d trials and %d samples of %d operators", len(all), len(samples), len(program.Operators()))
	}
	most := map[string]int{"MatMul": 38 << 10, "Conv": 44 << 10}
	for _, p := range all {
		if limit := most[p.Op]; p.ProofBytes > program.MaxProof || uint64(p.ProofBytes) > p.WorstBytes || limit > 0 && p.ProofBytes > limit {
			t.Errorf("%s %s: a proof of %d bytes, at most %d by the closed form", p.Op, p.Size, p.ProofBytes, p.WorstBytes)
		}
		if paid := p.Gas + 10*uint64(p.ProofBytes); paid > p.mostGas || p.mostGas > genesis.MaxBlockGas/20 || p.mostGas > 8*paid {
			t.Errorf("%s %s: %d gas with the bytes of the transaction, at most %d by the closed form", p.Op, p.Size, paid, p.mostGas)
		}
		if p.Gas == 0 || p.Hashes == 0 || p.MultiplyAdds == 0 {
			t.Errorf("%s %s: %+v", p.Op, p.Size, p.price)
		}
	}
}

// TestOneJudgementIsMeasured: the report is complete.
func TestOneJudgementIsMeasured(t *testing.T) {
	r, err := measureAll(1, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if r.Ops != len(program.Operators()) || r.MatMul4096Us <= 0 || r.MatMul4096Bytes < 32<<10 || r.Conv512Bytes < 36<<10 || r.GasNsRatio < 1 || r.MaxProofBytes < r.Conv512Bytes {
		t.Fatalf("%+v", r)
	}
}
