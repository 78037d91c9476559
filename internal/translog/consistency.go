package translog

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

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
