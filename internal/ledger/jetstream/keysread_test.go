package jetstream

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// TestDestroyedByTheLeadersWord: what the leader says decides, not what the
// nearest copy has or lacks.
func TestDestroyedByTheLeadersWord(t *testing.T) {
	state := streamState{First: 3, Last: 9, Numbers: []ledger.Seq{5, 6, 7}}
	state.Lost = &struct {
		Numbers []ledger.Seq `json:"msgs"`
	}{[]ledger.Seq{1, 6}}
	for n, want := range []bool{0: true, 1: false, 2: true, 3: false, 4: false, 5: true, 6: false, 7: true, 8: false, 9: false} {
		if got := state.gone(ledger.Seq(n)); got != want {
			t.Errorf("message %d is destroyed: %v", n, got)
		}
	}
	key, zero := bytes.Repeat([]byte("k"), keyLength), make([]byte, keyLength)
	r := keyReading{state: state, at: 3, end: 9}
	for n := ledger.Seq(4); n <= 5; n++ { // the copy has 5 still
		if err := r.add(n, key); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(r.keys, append(bytes.Clone(key), zero...)) {
		t.Errorf("read as %q", r.keys)
	}
	if err := r.nothing(); !errors.Is(err, errBehind) || r.at != 5 { // 6 is lost
		t.Errorf("where the copy has nothing after 5: %v, at %d", err, r.at)
	}
	if err := r.add(6, key[:31]); !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("a key of 31 bytes: %v", err)
	}
	r = keyReading{state: state, at: 6, end: 7}
	if err := r.nothing(); err != nil || !bytes.Equal(r.keys, zero) {
		t.Errorf("a destroyed rest: %v, %q", err, r.keys)
	}
}
