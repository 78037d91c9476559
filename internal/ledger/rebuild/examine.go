package rebuild

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// findings are what is wrong with the two, and what has to be in them.
type findings struct {
	copy   string        // what is wrong with the server's copy; empty: it is sound
	file   string        // and with the node's own file
	head   ledger.Head   // of the copy
	beside ledger.Head   // the last entry that the node knows to be on a majority of disks
	ofFile []ledger.Head // what the file has to have, and its head if it is sound
	end    ledger.Head   // of the file, if it is sound
	behind ledger.Seq    // how much earlier the copy ends than it has to: it may get that by itself
	begun  bool          // an earlier rebuild has not ended
}

// whole says that there is nothing to do.
func (f findings) whole() bool {
	return f.copy == "" && f.file == "" && f.behind == 0 && !f.begun
}

// Finding is what a look at a node's two copies shows, each empty where sound.
type Finding struct {
	Copy     string      `json:"copy,omitempty"`
	File     string      `json:"file,omitempty"`
	Behind   ledger.Seq  `json:"behind,omitempty"` // how much earlier the copy ends than what the node knows of
	Head     ledger.Head `json:"head"`             // of the server's copy
	FileHead ledger.Head `json:"file_head"`        // of the node's own file
}

// Look reads both of the node's copies whole while the node does not run, and
// changes nothing.
func Look(ctx context.Context, p Plan) (_ Finding, err error) {
	stored, err := p.Node.Stored("")
	if err != nil {
		return Finding{}, err
	}
	defer func() { err = errors.Join(err, stored.Close()) }()
	f, err := p.examine(ctx, stored)
	if f.begun && f.copy == "" {
		f.copy = "a rebuild of it has begun and not ended"
	}
	return Finding{Copy: f.copy, File: f.file, Behind: f.behind, Head: f.head, FileHead: f.end}, err
}

// examine reads both.
func (p Plan) examine(ctx context.Context, stored *jetstream.Stored) (f findings, err error) {
	if f.begun, err = stored.Unfinished(); err != nil {
		return f, err
	}
	if err := p.examineFile(ctx, &f); err != nil {
		return f, err
	}
	f.beside, err = stored.Acknowledged()
	if err != nil && !errors.Is(err, ledger.ErrCorrupt) {
		return f, err
	}
	unsound := err
	read, err := p.readCopy(ctx, stored, append(f.ofFile, f.beside))
	f.head = read.head
	if err == nil {
		err = read.holds(f.beside)
	}
	if err == nil {
		err = read.holds(f.ofFile...)
		if errors.Is(err, errOther) {
			return f, fmt.Errorf("%s and the node's copy are of different ledgers, and nothing was changed; find out which is right, and move the other away: %w", p.File, err)
		}
	}
	if errors.Is(err, errShort) {
		f.behind, err = read.missing(append(f.ofFile, f.beside)), nil
	}
	err = cmp.Or(unsound, err)
	if err != nil && !errors.Is(err, ledger.ErrCorrupt) {
		return f, err
	}
	if err != nil {
		f.copy = err.Error()
	}
	return f, nil
}

// examineFile reads the node's own file. One that was never made is sound: the
// node makes it when it runs.
func (p Plan) examineFile(ctx context.Context, f *findings) error {
	if p.File == "" {
		return nil
	}
	known, _, err := anchor.Read(p.File)
	switch {
	case errors.Is(err, ledger.ErrCorrupt): // the check says so, too
	case err != nil:
		return err
	default:
		f.ofFile = append(f.ofFile, known)
	}
	report, err := sqlite.Check(ctx, p.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(report.Damage) > 0:
		d := report.Damage[0]
		f.file = d.Reason
		if d.Seq > 0 {
			f.file = fmt.Sprintf("entry %d: %s", d.Seq, d.Reason)
		}
		return nil
	}
	f.end, f.ofFile = report.Head, append(f.ofFile, report.Head)
	return nil
}

var (
	// errShort says that a copy ends before what it has to hold.
	errShort = fmt.Errorf("%w: it ends too early", ledger.ErrCorrupt)
	// errOther says that it holds another entry in its place.
	errOther = fmt.Errorf("%w: it is of another ledger", ledger.ErrCorrupt)
)

// reading is what a copy has: its head, and entries that were asked for.
type reading struct {
	head ledger.Head
	at   map[ledger.Seq]ledger.Hash
}

// readCopy reads the copy whole, which verifies it.
func (p Plan) readCopy(ctx context.Context, stored *jetstream.Stored, asked []ledger.Head) (reading, error) {
	r, last := reading{at: make(map[ledger.Seq]ledger.Hash)}, ledger.Seq(0)
	for _, h := range asked {
		r.at[h.Seq], last = ledger.Hash{}, max(last, h.Seq)
	}
	for e, err := range stored.Read(ctx, 0) {
		if err != nil {
			return r, err
		}
		r.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		if _, wanted := r.at[e.Seq]; wanted {
			r.at[e.Seq] = e.Hash
		}
		if e.Seq%1000 == 0 {
			p.tell("reading the node's copy", e.Seq, max(last, e.Seq))
		}
	}
	return r, nil
}

// missing is how many entries come after what was read, up to the last of these.
func (r reading) missing(heads []ledger.Head) (n ledger.Seq) {
	for _, h := range heads {
		if h.Seq > r.head.Seq {
			n = max(n, h.Seq-r.head.Seq)
		}
	}
	return n
}

// holds says whether the entries, which were asked for, are in what was read.
func (r reading) holds(heads ...ledger.Head) error {
	for _, h := range heads {
		switch {
		case h.Seq > r.head.Seq:
			return fmt.Errorf("%w, with entry %d, but entry %d was known here", errShort, r.head.Seq, h.Seq)
		case h.Seq > 0 && r.at[h.Seq] != h.Hash:
			return fmt.Errorf("%w: entry %d is %s there, but %s was known here", errOther, h.Seq, r.at[h.Seq], h.Hash)
		}
	}
	return nil
}
