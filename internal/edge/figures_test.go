package edge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An edge's figures lie beside its status, and name no value.
func TestFiguresOfAnEdge(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	h.decide(block("one.example"), block("two.example"))
	r.start()
	path := filepath.Join(r.cfg.StateDir, "tocsin-edge.prom")
	for until := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err == nil {
			if !strings.Contains(string(text), "\ntocsin_edge_protections ") || strings.Contains(string(text), ".example") {
				t.Errorf("the figures are %s", text)
			}
			return
		}
		if time.Now().After(until) {
			t.Fatal(err)
		}
	}
}
