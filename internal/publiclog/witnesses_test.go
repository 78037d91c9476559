package publiclog_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/quorum"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// signer is a witness that checks what it is shown.
type signer struct {
	*translog.Cosigner
	name string
	last translog.Checkpoint
	down atomic.Bool
	hang chan struct{} // closed: it never answers
}

func newSigner(t *testing.T, name string) *signer {
	t.Helper()
	skey, _, err := translog.GenerateWitnessKey(name + ".example")
	if err != nil {
		t.Fatal(err)
	}
	c, err := translog.NewCosigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{Cosigner: c, name: name}
}

func (s *signer) ask(ctx context.Context, _ []byte, tree translog.Checkpoint, prove func(int64) (tlog.TreeProof, error)) ([]byte, error) {
	if s.hang != nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if s.down.Load() {
		return nil, errors.New("connection refused")
	}
	proof, err := prove(s.last.Size)
	if err == nil && s.last.Size > 0 {
		err = translog.VerifyConsistency(s.last, tree, proof)
	}
	if err != nil {
		return nil, err
	}
	s.last = tree
	return s.Cosign(tree, time.Now()), nil
}

// witnessed asks these, of whom the quorum is needed.
func witnessed(t *testing.T, need string, all ...*signer) func(*publiclog.Config) {
	t.Helper()
	g, err := quorum.Parse(need, func(string) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return func(c *publiclog.Config) {
		c.Witnesses = publiclog.Witnesses{Quorum: &g, Patience: time.Minute}
		for _, s := range all {
			c.Witnesses.List = append(c.Witnesses.List, publiclog.Witness{Name: s.name, Key: s.VerifierKey(), Ask: s.ask})
		}
	}
}

func TestADeadWitnessDelaysNothing(t *testing.T) {
	a, b, dead, hanging := newSigner(t, "a"), newSigner(t, "b"), newSigner(t, "dead"), newSigner(t, "hanging")
	dead.down.Store(true)
	hanging.hang = make(chan struct{})
	s := open(t, t.TempDir(), witnessed(t, "2 of [a, b, dead, hanging]", a, b, dead, hanging))
	for range 5 { // each would take a minute if one were waited for
		s.append(3)
		index, err := s.logger.Add(t.Context(), []byte("tocsin-dossier/v1\n00\n"))
		if err != nil {
			t.Fatal(err)
		}
		signed, tree, err := s.logger.Cosigned(t.Context(), index)
		if err != nil {
			t.Fatal(err)
		}
		keys := []string{a.VerifierKey(), b.VerifierKey(), dead.VerifierKey(), hanging.VerifierKey()}
		c, err := translog.OpenCosigned(signed, s.log.Keys(), keys)
		if err != nil || c.Checkpoint != tree || tree.Size <= index || len(c.Witnesses) != 2 {
			t.Fatalf("cosigned: %+v, %v", c, err)
		}
	}
	s.until("the published checkpoint has both cosignatures", func() bool {
		return strings.Count(string(s.log.Checkpoint()), "\n— ") == 3
	})
	if n := strings.Count(s.said.String(), "does not cosign"); n != 1 {
		t.Errorf("said %d times that a witness does not cosign:\n%s", n, s.said)
	}
	dead.down.Store(false)
	s.append(3)
	s.until("it is said that the witness is back", func() bool { return strings.Contains(s.said.String(), "cosigns again") })
	for _, w := range s.logger.Status().Witnesses {
		if alive := w.Name != "hanging"; alive != (w.Size > 0) || alive && w.Error != "" {
			t.Errorf("witness %+v", w)
		}
	}
}

func TestTooFewWitnessesAreAskedAgain(t *testing.T) {
	a, b := newSigner(t, "a"), newSigner(t, "b")
	b.down.Store(true)
	s := open(t, t.TempDir(), witnessed(t, "all of [a, b]", a, b), publiclog.RetryAtOnce)
	s.append(3)
	s.committed()
	index, err := s.logger.Add(t.Context(), []byte("tocsin-dossier/v1\n00\n"))
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := s.logger.Cosigned(soon, index); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cosigned by one of two: %v", err)
	}
	b.down.Store(false) // and nothing new comes
	if _, _, err := s.logger.Cosigned(t.Context(), index); err != nil {
		t.Fatal(err)
	}
}

// A witness whose answer is not its cosignature of this checkpoint counts for nothing.
func TestWhatAWitnessSaysIsChecked(t *testing.T) {
	a, liar := newSigner(t, "a"), newSigner(t, "liar")
	change := witnessed(t, "1 of [liar]", a, liar)
	s := open(t, t.TempDir(), change, func(c *publiclog.Config) {
		c.Witnesses.List[1].Ask = func(context.Context, []byte, translog.Checkpoint, func(int64) (tlog.TreeProof, error)) ([]byte, error) {
			return liar.Cosign(translog.Checkpoint{Origin: origin, Size: 7}, time.Now()), nil
		}
	})
	s.append(3)
	s.committed()
	s.until("the lie is noted", func() bool { return strings.Contains(s.said.String(), "does not cosign") })
	if st := s.logger.Status(); st.Cosigned != 0 || st.Witnesses[1].Error == "" || st.Witnesses[1].Size != 0 {
		t.Errorf("status %+v", st)
	}
}

func TestTheHistoryIsOfCheckpointsThatCoverRecords(t *testing.T) {
	dir := t.TempDir()
	a := newSigner(t, "a")
	var kept []int64
	for range 3 {
		s := open(t, dir, witnessed(t, "all of [a]", a))
		s.append(3)
		s.committed()
		leaf := int64(-1)
		s.until("a checkpoint that covers the record is kept", func() bool {
			kept = publiclog.KeptSizes(s.logger)
			head, err := s.source.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			at, known := s.logger.Index(head.Seq)
			leaf = at
			return known && len(kept) > 0 && kept[len(kept)-1] > leaf
		})
		if _, err := s.logger.Add(t.Context(), []byte("tocsin-dossier/v1\n00\n")); err != nil {
			t.Fatal(err)
		}
		s.until("the witness has seen it all", func() bool { return s.logger.Status().Cosigned == s.log.Tree().Size })
		s.stop()
	}
	if len(kept) < 3 || len(kept) > 3 {
		t.Errorf("kept are checkpoints of sizes %v, want one for each record", kept)
	}
}

func TestTheQuorumIsOfKnownWitnesses(t *testing.T) {
	a := newSigner(t, "a")
	for _, need := range []string{"1 of [b]", "all of [a, b]"} {
		c := publiclog.Config{}
		witnessed(t, need, a)(&c)
		if _, err := publiclog.New(c); err == nil || !strings.Contains(err.Error(), `no witness "b"`) {
			t.Errorf("%s: %v", need, err)
		}
	}
}
