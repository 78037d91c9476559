package edge_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/protect"
)

// Whatever tail of its journal a crash takes from an edge, it starts, and ends
// with what the hub has decided.
func TestATornJournal(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	r.start()
	r.enforced(0)
	var want []string
	for i := range 6 {
		name := fmt.Sprintf("n%d.example", i)
		h.decide(block(name))
		want = append(want, name)
		r.enforced(uint64(i + 1))
	}
	h.decide(decision("n0.example", protect.Block, protect.Revoked))
	want = slices.Delete(want, 0, 1)
	r.enforced(7)
	r.stop()
	path := filepath.Join(r.cfg.StateDir, "edge.journal")
	whole, err := os.ReadFile(path)
	if err != nil || len(whole) == 0 {
		t.Fatalf("the journal has %d bytes: %v", len(whole), err)
	}
	for cut := 0; cut < len(whole); cut += 1 + len(whole)/12 {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r.start()
		r.enforced(7)
		r.wantBlocks(want...)
		r.stop()
	}
}

// The journal does not grow for ever.
func TestTheJournalIsCompacted(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	r.start()
	total := uint64(0)
	for range 40 {
		var batch []protect.Protection
		for i := range 200 {
			name := fmt.Sprintf("n%d.example", i)
			batch = append(batch, block(name), decision(name, protect.Block, protect.Revoked))
		}
		h.decide(batch...)
		total += uint64(len(batch))
	}
	h.decide(block("last.example"))
	r.enforced(total + 1)
	r.stop()
	for name, most := range map[string]int64{"edge.json": 64 << 10, "edge.journal": 2 << 20} {
		if info, err := os.Stat(filepath.Join(r.cfg.StateDir, name)); err != nil || info.Size() > most {
			t.Errorf("%s: %v, %d bytes, want at most %d", name, err, info.Size(), most)
		}
	}
	r.start()
	r.enforced(total + 1)
	r.wantBlocks("last.example")
}
