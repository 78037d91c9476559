package proof

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// ErrPending says that something cannot be proved yet; in a while it can.
var ErrPending = errors.New("not yet")

// Format is the only form of a Contribution.
const Format = "tocsin-contribution-proof/v1"

// Contribution shows that a hub accepted a contribution: every entry of the
// ledger that holds a part of it, as the ledger's hash is over it, and the way
// from there to a checkpoint of the public log. Whoever is given it can read
// the contribution.
type Contribution struct {
	Format     string  `json:"format"`
	ID         string  `json:"contribution"`
	Entries    []Entry `json:"entries" doc:"in the order of the ledger"`
	Checkpoint string  `json:"checkpoint" doc:"of the public log, with the witnesses' cosignatures"`
}

// Entry is one entry of the ledger and where it is committed to.
type Entry struct {
	Record []byte `json:"record" doc:"the entry as it is hashed; its body may be sealed"`
	Key    []byte `json:"key,omitempty" doc:"32 bytes that open the sealed body, and nothing else"`
	// Index and Size are its place among the entries that the commitment is over,
	// and how many these are; Path is its audit path there.
	Index int64    `json:"index"`
	Size  int64    `json:"size"`
	Path  [][]byte `json:"path"`
	Leaf  string   `json:"leaf" doc:"the commitment, as it stands on the log"`
	// LogIndex is where, and LogPath its audit path to the checkpoint's root.
	LogIndex int64    `json:"log_index"`
	LogPath  [][]byte `json:"log_path"`
}

// NewEntry is the proof of the entry at index of a tree, whose commitment is the
// log's entry at logIndex.
func NewEntry(d sealed.Disclosure, tree *Tree, index int64, leaf []byte, logIndex int64, logPath tlog.RecordProof) (Entry, error) {
	draft := ledger.Draft{Kind: d.Entry.Kind, Actor: d.Entry.Actor, Audience: d.Entry.Audience, Body: d.Entry.Body}
	again, record, err := ledger.Seal(draft, ledger.Head{Seq: d.Entry.Seq - 1, Hash: d.Entry.Prev}, d.Entry.Time)
	if err != nil {
		return Entry{}, err
	}
	if again.Hash != d.Entry.Hash {
		return Entry{}, fmt.Errorf("prove entry %d: %w: it does not have its hash", d.Entry.Seq, ledger.ErrCorrupt)
	}
	path, err := tree.Prove(index)
	if err != nil {
		return Entry{}, fmt.Errorf("prove entry %d: %w", d.Entry.Seq, err)
	}
	return Entry{
		Record: record, Key: d.Key, Index: index, Size: tree.Size(), Path: fromHashes(path),
		Leaf: string(leaf), LogIndex: logIndex, LogPath: fromHashes(logPath),
	}, nil
}

// ParseContribution reads a document; members that it does not know are errors.
func ParseContribution(text []byte) (Contribution, error) {
	var c Contribution
	if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil {
		return c, fmt.Errorf("read proof: %w: %w", access.ErrInvalid, err)
	}
	if c.Format != Format {
		return c, fmt.Errorf("read proof: %w: its format is %.60q, known is %s", access.ErrInvalid, c.Format, Format)
	}
	if len(c.Entries) == 0 {
		return c, fmt.Errorf("read proof: %w: it has no entries", access.ErrInvalid)
	}
	return c, nil
}

// open checks an entry against the commitment that it names, and reads it.
func (e Entry) open() (Commitment, ledger.Entry, contribution.Part, error) {
	var part contribution.Part
	c, err := ParseCommitment([]byte(e.Leaf))
	if err != nil {
		return c, ledger.Entry{}, part, err
	}
	hash := ledger.Hash(sha256.Sum256(e.Record))
	stored, err := ledger.Open(e.Record, hash)
	if err != nil {
		return c, stored, part, err
	}
	path, err := toHashes(e.Path)
	if err != nil {
		return c, stored, part, err
	}
	if e.Size < 1 || e.Index < 0 || e.Index >= e.Size || e.Size > mostEntries {
		return c, stored, part, fmt.Errorf("%w: place %d of %d", access.ErrInvalid, e.Index, e.Size)
	}
	if err := tlog.CheckRecord(path, e.Size, c.Root, e.Index, tlog.RecordHash(hash[:])); err != nil {
		return c, stored, part, fmt.Errorf("entry %d of the ledger is not among those that the log commits to: %w", stored.Seq, err)
	}
	body, err := sealed.Disclosed(sealed.Disclosure{Entry: stored, Key: e.Key})
	if err != nil {
		return c, stored, part, err
	}
	if stored.Kind != contribution.KindAccepted {
		return c, stored, part, fmt.Errorf("%w: entry %d of the ledger is a %s, not a contribution", access.ErrInvalid, stored.Seq, stored.Kind)
	}
	if err := json.Unmarshal(body, &part); err != nil {
		return c, stored, part, fmt.Errorf("%w: entry %d of the ledger: %w", access.ErrInvalid, stored.Seq, err)
	}
	return c, stored, part, nil
}

// mostEntries is far above how many one commitment is over.
const mostEntries = 1 << 32

func fromHashes(path []tlog.Hash) [][]byte {
	raw := make([][]byte, len(path))
	for i, h := range path {
		raw[i] = h[:]
	}
	return raw
}

func toHashes(raw [][]byte) ([]tlog.Hash, error) {
	path := make([]tlog.Hash, len(raw))
	for i, h := range raw {
		if len(h) != tlog.HashSize {
			return nil, fmt.Errorf("%w: hash %d of a path has %d bytes, not %d", access.ErrInvalid, i, len(h), tlog.HashSize)
		}
		path[i] = tlog.Hash(h)
	}
	return path, nil
}
