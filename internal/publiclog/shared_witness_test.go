package publiclog_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// What the witnesses say to the node that leads, all nodes serve; and the witnesses,
// who are asked by one node after another, see one log.
func TestCosignaturesReachAllNodes(t *testing.T) {
	a, b := newSigner(t, "a"), newSigner(t, "b")
	c := startNodes(t, 3, "", witnessed(t, "2 of [a, b]", a, b))
	for leader := range 6 {
		c.elect(leader % 3)
		c.all[0].append(7)
		c.settled()
		size := c.all[0].log.Tree().Size
		for i, n := range c.all {
			n.until("it is cosigned", func() bool { return n.logger.Status().Cosigned == size })
			signed, _, err := n.logger.Cosigned(t.Context(), size-1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := translog.OpenCosigned(signed, n.log.Keys(), []string{a.VerifierKey(), b.VerifierKey()})
			if err != nil || len(got.Witnesses) != 2 {
				t.Errorf("node %d: %+v, %v", i, got, err)
			}
			first, _, err := c.all[0].logger.Cosigned(t.Context(), size-1)
			if err != nil || !bytes.Equal(first, signed) {
				t.Errorf("node %d has %s, node 0 %s; %v", i, signed, first, err)
			}
			n.until("it is served", func() bool { return bytes.Equal(n.log.Checkpoint(), signed) })
			for _, w := range n.logger.Status().Witnesses {
				if w.Size != size || w.Error != "" {
					t.Errorf("node %d: witness %+v, want size %d", i, w, size)
				}
			}
		}
	}
	for i, n := range c.all {
		if diff := cmp.Diff(publiclog.KeptSizes(c.all[0].logger), publiclog.KeptSizes(n.logger)); diff != "" {
			t.Errorf("node %d keeps other checkpoints than node 0: %s", i, diff)
		}
	}
	if said := c.said.String(); strings.Contains(said, "level=ERROR") {
		t.Errorf("said %s", said)
	}
}

// One dossier that several nodes make at once is logged once.
func TestOneManifestIsLoggedOnce(t *testing.T) {
	c := startNodes(t, 3, "")
	leaf := []byte("tocsin-dossier/v1\nof all\n")
	type result struct {
		at  int64
		err error
	}
	results := make(chan result, 6)
	for range 2 {
		for _, n := range c.all {
			go func() {
				at, err := n.logger.Add(t.Context(), leaf)
				results <- result{at, err}
			}()
		}
	}
	first := <-results
	for range 5 {
		if r := <-results; r != first || r.err != nil {
			t.Errorf("%+v, and %+v", r, first)
		}
	}
}
