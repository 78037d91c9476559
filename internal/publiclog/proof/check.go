package proof

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/trust"
)

// ErrNotProved says that a document does not show what it claims.
var ErrNotProved = errors.New("not proved")

// Proved is what a Contribution has shown.
type Proved struct {
	ID       string           `json:"contribution"`
	Partner  string           `json:"partner"`  // that contributed it, in the hub's words
	Accepted time.Time        `json:"accepted"` // when, by the hub's clock
	Logged   time.Time        `json:"logged"`   // when the hub committed to it, by its clock
	Origin   string           `json:"origin"`
	Size     int64            `json:"size"`     // of the log
	Cosigned []time.Time      `json:"cosigned"` // when trusted witnesses had seen the log that holds it
	Parts    []int            `json:"parts"`    // those in the document
	Of       int              `json:"of"`       // how many there are
	Objects  []jsontext.Value `json:"objects"`  // what was contributed
}

// Check says what a document proves to somebody who trusts the keys, which come
// from elsewhere; it needs nothing else. The error is ErrNotProved where
// anything does not hold.
func Check(c Contribution, keys trust.File) (Proved, error) {
	p, err := check(c, keys)
	if err != nil {
		return Proved{}, fmt.Errorf("check the proof of %.100q: %w: %w", c.ID, ErrNotProved, err)
	}
	return p, nil
}

func check(c Contribution, keys trust.File) (Proved, error) {
	p := Proved{ID: c.ID}
	tree, cosigned, err := checkpoint([]byte(c.Checkpoint), keys)
	if err != nil {
		return p, err
	}
	p.Origin, p.Size, p.Cosigned = tree.Origin, tree.Size, cosigned
	for i, e := range c.Entries {
		if err := included(e.LogPath, e.LogIndex, tree, []byte(e.Leaf)); err != nil {
			return p, err
		}
		made, stored, part, err := e.open()
		if err != nil {
			return p, err
		}
		number, of := max(part.Part, 1), max(part.Parts, 1)
		switch {
		case part.ID != c.ID:
			return p, fmt.Errorf("entry %d of the ledger is of %.100q", stored.Seq, part.ID)
		case i > 0 && (stored.Actor != p.Partner || of != p.Of || number <= p.Parts[i-1]):
			return p, fmt.Errorf("entry %d of the ledger is not of the same contribution, or out of order", stored.Seq)
		}
		p.Partner, p.Of, p.Parts = stored.Actor, of, append(p.Parts, number)
		p.Accepted = stored.Time
		if made.Time.After(p.Logged) {
			p.Logged = made.Time.Time
		}
		p.Objects = append(p.Objects, part.Objects...)
	}
	return p, nil
}

// included checks that a leaf is the log's entry at index.
func included(raw [][]byte, index int64, tree translog.Checkpoint, leaf []byte) error {
	path, err := toHashes(raw)
	if err != nil {
		return err
	}
	if index < 0 || index >= tree.Size {
		return fmt.Errorf("%w: index %d in a log of %d", access.ErrInvalid, index, tree.Size)
	}
	if err := tlog.CheckRecord(path, tree.Size, tree.Root, index, tlog.RecordHash(leaf)); err != nil {
		return fmt.Errorf("the commitment is not entry %d of the log: %w", index, err)
	}
	return nil
}

// checkpoint checks the signatures of the trusted log and enough of its
// witnesses, and says when these signed. Lines of keys that are not trusted
// count for nothing.
func checkpoint(signed []byte, keys trust.File) (translog.Checkpoint, []time.Time, error) {
	_, known, err := Known(signed, keys.LogKeys(), keys.WitnessKeys())
	if err != nil {
		return translog.Checkpoint{}, nil, err
	}
	cosigned, at := make([]string, 0, len(known.Witnesses)), make([]time.Time, 0, len(known.Witnesses))
	for _, c := range known.Witnesses {
		cosigned, at = append(cosigned, c.Key), append(at, c.At)
	}
	if !keys.QuorumMet(cosigned) {
		return translog.Checkpoint{}, nil, fmt.Errorf("of the trusted witnesses %d have cosigned, which is not enough for %s", len(cosigned), keys.Quorum)
	}
	return known.Checkpoint, at, nil
}
