package referee

import (
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// TestEveryRegistrableOperatorHasAJudge: both tables list the same operators, so that what is published is judgeable.
func TestEveryRegistrableOperatorHasAJudge(t *testing.T) {
	for number := uint32(0); number < 200; number++ {
		listed := program.Lookup(number) != nil
		judged := number < uint32(len(judges)) && judges[number] != nil
		if listed != judged {
			t.Errorf("operator %d (%s): registrable %v, judgeable %v", number, program.Name(number), listed, judged)
		}
	}
}
