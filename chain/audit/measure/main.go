// Command measure times the referee and compares it with the gas that the chain charges: every operator of the table, small
// and large, whole proofs with decoding and hashing. With -bundle it also scans a trace exactly and after the pre-check, and
// says whether they agree; with -forged another one, which should hold faults. It prints one JSON object.
//
//	go run ./audit/measure [-rounds 30] [-operators] [-bundle DIR] [-forged DIR]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

// report is the JSON object.
type report struct {
	Ops              int     `json:"ops"`
	MatMul4096Us     float64 `json:"matmul4096_us"`       // one element with its bound, operands at hand
	MatMul4096JudgeU float64 `json:"matmul4096_judge_us"` // one proof, decoding and hashing included
	MatMul4096Bytes  int     `json:"matmul4096_proof_bytes"`
	Conv512Bytes     int     `json:"conv512x3x3_proof_bytes"`
	MaxProofBytes    int     `json:"max_proof_bytes"` // of all that were built
	GasNsRatio       float64 `json:"gas_ns_ratio"`
	GasNsLeast       price   `json:"gas_ns_least"`
	GasNsMost        price   `json:"gas_ns_most"`
	Operators        []price `json:"operators,omitempty"`
	Honest           *audits `json:"honest,omitempty"`
	Forged           *audits `json:"forged,omitempty"`
}

func main() {
	rounds := flag.Int("rounds", 30, "how often every judgement is repeated, three times in a row; the shortest time counts")
	operators := flag.Bool("operators", false, "list every operator")
	bundle := flag.String("bundle", "", "a folder that `assayd referee scan` reads, of an honest run")
	forged := flag.String("forged", "", "the same with forgeries")
	flag.Parse()
	r, err := measureAll(*rounds, *bundle, *forged)
	if err == nil {
		if !*operators {
			r.Operators = nil
		}
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measureAll(rounds int, bundle, forged string) (*report, error) {
	all, err := trials()
	if err != nil {
		return nil, err
	}
	r := &report{Ops: len(all) / len(sizes), Operators: measure(all, rounds)}
	r.GasNsLeast, r.GasNsMost = r.Operators[0], r.Operators[0]
	for _, p := range r.Operators {
		if p.NsPerGas < r.GasNsLeast.NsPerGas {
			r.GasNsLeast = p
		}
		if p.NsPerGas > r.GasNsMost.NsPerGas {
			r.GasNsMost = p
		}
		r.MaxProofBytes = max(r.MaxProofBytes, p.ProofBytes)
		if p.Size == sizes[1] {
			switch p.Op {
			case "MatMul":
				r.MatMul4096Bytes, r.MatMul4096JudgeU = p.ProofBytes, float64(p.Nanoseconds)/1000
			case "Conv":
				r.Conv512Bytes = p.ProofBytes
			}
		}
	}
	r.GasNsRatio = r.GasNsMost.NsPerGas / r.GasNsLeast.NsPerGas
	if r.MatMul4096Us, err = matMulElement(rounds); err != nil {
		return nil, err
	}
	if bundle != "" {
		if r.Honest, err = audit(bundle); err != nil {
			return nil, err
		}
	}
	if forged != "" {
		r.Forged, err = audit(forged)
	}
	return r, err
}
