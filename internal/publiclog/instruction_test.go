package publiclog

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/translog"
)

func FuzzParseInstruction(f *testing.F) {
	f.Add([]byte(`{"index":7,"leaves":["AA=="]}`))
	f.Add([]byte(`{"index":0,"until":9,"leaves":["AAEC","AA=="]}`))
	f.Add([]byte(`{"index":-1,"leaves":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := parseInstruction(body)
		if err != nil {
			return
		}
		d, err := in.draft()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseInstruction(d.Body)
		if diff := cmp.Diff(in, again); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}

// However large the leaves are, an instruction fits into an entry, and goes on.
func TestAnInstructionFits(t *testing.T) {
	for _, size := range []int{1, 80, 200, translog.MaxEntry} {
		leaves := make([][]byte, 3*mostLeaves)
		for i := range leaves {
			leaves[i] = bytes.Repeat([]byte{0xff}, size)
		}
		n := split(leaves)
		if n < 1 || n > mostLeaves {
			t.Fatalf("of %d bytes %d leaves are taken", size, n)
		}
		d, err := instruction{Index: translog.MaxSize - int64(n), Until: translog.MaxSize, Leaves: leaves[:n]}.draft()
		if err != nil || len(d.Body) > ledger.MaxBody {
			t.Errorf("of %d bytes %d leaves make a body of %d bytes, %v", size, n, len(d.Body), err)
		}
		if _, err := parseInstruction(d.Body); err != nil {
			t.Errorf("of %d bytes: %v", size, err)
		}
	}
}
