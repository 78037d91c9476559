// Package proof is what can be shown of the public log without the hub: that
// the log commits to an entry of the ledger, and what the entry says. It makes
// and checks documents; it reads no file, and no network.
package proof

import (
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const commitmentTag = "tocsin-ledger/v1"

// Commitment is an entry of the log that commits to entries of the ledger
// (docs/dossier.md, "The log").
type Commitment struct {
	Head ledger.Hash // of the ledger's newest entry
	// Root is the Merkle tree hash (RFC 6962, section 2.1) over the hashes of the
	// ledger's entries since the commitment before.
	Root tlog.Hash
	Time attribution.Time
}

// Leaf is the commitment as it stands on the log.
func (c Commitment) Leaf() []byte {
	at, _ := c.Time.MarshalText() // never fails
	return fmt.Appendf(nil, "%s\n%s\n%x\n%s\n", commitmentTag, c.Head, c.Root[:], at)
}

// ParseCommitment reads what Leaf writes and nothing else.
func ParseCommitment(leaf []byte) (Commitment, error) {
	lines := strings.Split(string(leaf), "\n")
	if len(lines) != 5 || lines[0] != commitmentTag {
		return Commitment{}, fmt.Errorf("read commitment: %w: it has to be the line %s and three more", access.ErrInvalid, commitmentTag)
	}
	var c Commitment
	if err := c.Head.UnmarshalText([]byte(lines[1])); err != nil {
		return Commitment{}, fmt.Errorf("read commitment: line 2: %w", err)
	}
	root, err := hex.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Commitment{}, fmt.Errorf("read commitment: %w: line 3: %.70q is not a SHA-256", access.ErrInvalid, lines[2])
	}
	c.Root = tlog.Hash(root)
	if err := c.Time.UnmarshalText([]byte(lines[3])); err != nil {
		return Commitment{}, fmt.Errorf("read commitment: line 4: %w", err)
	}
	if string(c.Leaf()) != string(leaf) {
		return Commitment{}, fmt.Errorf("read commitment: %w: it is not written in the one way that there is", access.ErrInvalid)
	}
	return c, nil
}

// IsCommitment says whether an entry of the log claims to be one.
func IsCommitment(leaf []byte) bool { return strings.HasPrefix(string(leaf), commitmentTag+"\n") }

// Tree is the Merkle tree over the hashes of entries of the ledger.
type Tree struct {
	size   int64
	stored []tlog.Hash
}

// Add appends the hash of the next entry.
func (t *Tree) Add(h ledger.Hash) error {
	more, err := tlog.StoredHashesForRecordHash(t.size, tlog.RecordHash(h[:]), t)
	if err != nil {
		return fmt.Errorf("add to tree: %w", err)
	}
	t.stored = append(t.stored, more...)
	t.size++
	return nil
}

// Size is how many hashes it holds.
func (t *Tree) Size() int64 { return t.size }

// Root is the tree's hash.
func (t *Tree) Root() (tlog.Hash, error) { return tlog.TreeHash(t.size, t) }

// Prove is the audit path of the hash at index, from 0.
func (t *Tree) Prove(index int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(t.size, index, t)
}

// ReadHashes is for package tlog.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(t.stored)) {
			return nil, fmt.Errorf("read hash %d of a tree: it holds %d", at, len(t.stored))
		}
		hashes[i] = t.stored[at]
	}
	return hashes, nil
}
