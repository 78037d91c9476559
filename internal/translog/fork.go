package translog

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrForked says that two signed checkpoints cannot both be of one log that
// only grows. Together they prove that whoever holds the key has forged one.
var ErrForked = errors.New("the log is forked")

// Pair is two checkpoints of one log, each signed by a key of it.
type Pair struct {
	Older, Newer Checkpoint // by size; of one size in the order given
}

// CheckFork compares two signed checkpoints of one log, of which verifiers are
// keys; signatures of other keys, such as unknown witnesses, do not matter. The
// error is ErrForked if they are of one size with different roots: no proof can
// join them. If there is none, and Same is false, the log owes a proof of
// consistency, for Pair.Consistent.
func CheckFork(a, b []byte, verifiers ...note.Verifier) (Pair, error) {
	older, err := OpenCheckpoint(a, verifiers...)
	if err != nil {
		return Pair{}, fmt.Errorf("compare checkpoints: the first: %w", err)
	}
	newer, err := OpenCheckpoint(b, verifiers...)
	if err != nil {
		return Pair{}, fmt.Errorf("compare checkpoints: the second: %w", err)
	}
	if older.Origin != newer.Origin {
		return Pair{}, fmt.Errorf("compare checkpoints: they are of two logs, %q and %q", older.Origin, newer.Origin)
	}
	p := Pair{older, newer}
	if older.Size > newer.Size {
		p = Pair{newer, older}
	}
	if older.Size == newer.Size && older.Root != newer.Root {
		return p, fmt.Errorf("compare checkpoints: %w: at size %d one has the root %s, the other %s", ErrForked, older.Size, older.Root, newer.Root)
	}
	return p, nil
}

// Same says whether both are of one tree: nothing is left to be proved.
func (p Pair) Same() bool { return p.Older == p.Newer }

// Consistent checks the proof that the newer tree begins with the older one.
func (p Pair) Consistent(proof tlog.TreeProof) error {
	return VerifyConsistency(p.Older, p.Newer, proof)
}

// VerifyConsistency checks the proof (RFC 6962, section 2.1.2) that a tree
// begins with an older one. For an older tree that is empty, or the same, it
// has to be empty.
func VerifyConsistency(older, newer Checkpoint, proof tlog.TreeProof) error {
	if older.Size > newer.Size {
		return fmt.Errorf("verify consistency: size %d is above %d", older.Size, newer.Size)
	}
	for _, tree := range []Checkpoint{older, newer} {
		if tree.Size == 0 && tree.Root != emptyRoot {
			return errors.New("verify consistency: the tree without entries has the root of another")
		}
	}
	if older.Size == 0 {
		if len(proof) > 0 {
			return errors.New("verify consistency: the proof from a tree without entries has to be empty")
		}
		return nil
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("verify consistency of sizes %d and %d: %w", older.Size, newer.Size, err)
	}
	return nil
}
