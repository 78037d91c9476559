package publiclog

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/quorum"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// Witnesses are who is asked to cosign, and how many of them it takes.
type Witnesses struct {
	List     []Witness
	Quorum   *quorum.Group // of their names; nil: none is needed
	Patience time.Duration // with one answer: 5 s
}

// Witness is one of them.
type Witness struct {
	Name string // in the quorum, and in the trust file
	Key  string // its verifier key (C2SP tlog-cosignature)
	Ask  Ask
}

// Ask asks a witness to cosign a signed checkpoint of the tree, and gives its
// signature lines; prove is the proof that the tree begins with an older one.
type Ask func(ctx context.Context, signed []byte, tree translog.Checkpoint, prove func(older int64) (tlog.TreeProof, error)) (lines []byte, err error)

const (
	defaultPatience = 5 * time.Second
	// grace is how long others are waited for once the quorum is satisfied: their
	// cosignatures are worth having, and no delay.
	grace = 200 * time.Millisecond
)

// asked is a witness and how it has answered. Its fields but the first are
// guarded by the logger's mutex.
type asked struct {
	Witness
	busy  bool
	state proof.Witness
}

// cosigned is a checkpoint that satisfies the quorum.
type cosigned struct {
	signed []byte
	tree   translog.Checkpoint
}

func (l *Logger) openWitnesses() error {
	w := &l.cfg.Witnesses
	if w.Patience == 0 {
		w.Patience = defaultPatience
	}
	names := make(map[string]bool, len(w.List))
	for _, one := range w.List {
		if _, err := translog.NewWitnessVerifier(one.Key); err != nil {
			return fmt.Errorf("witness %s: %w", one.Name, err)
		}
		names[one.Name] = true
		l.known = append(l.known, &asked{Witness: one, state: proof.Witness{Name: one.Name, Key: one.Key}})
	}
	if w.Quorum == nil {
		return nil
	}
	if err := w.Quorum.Validate(); err != nil {
		return fmt.Errorf("quorum of the witnesses: %w", err)
	}
	for _, name := range w.Quorum.Leaves() {
		if !names[name] {
			return fmt.Errorf("quorum of the witnesses: there is no witness %q", name)
		}
	}
	return nil
}
