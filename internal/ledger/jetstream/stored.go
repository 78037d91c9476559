package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/paged"
)

// Stored is a node's copy of a ledger as its files have it, read while the node
// does not run and is kept from running: no other node is asked, and nothing is
// changed. A copy that is sound may end before the ledger does: what other nodes
// acknowledged last comes when the node runs.
type Stored struct {
	dir   string // the node's
	names names
	lock  *os.File
}

// Stored opens the copy of the ledger of this name; empty is [DefaultName]. It
// fails with [lock.InUse] if the node runs.
func (cfg NodeConfig) Stored(name string) (*Stored, error) {
	names, err := namesOf(cmp.Or(name, DefaultName))
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	return &Stored{dir: cfg.Dir, names: names, lock: lock}, nil
}

// Close lets the node run again.
func (s *Stored) Close() error { return s.lock.Close() }

// Acknowledged is the last entry that the node knows to be on a majority of
// disks; the zero Head if it knows of none.
func (s *Stored) Acknowledged() (ledger.Head, error) {
	path := filepath.Join(s.dir, s.names.stream)
	head, _, err := anchor.Read(path)
	if err != nil {
		return head, fmt.Errorf("read %s: %w", anchor.Path(path), err)
	}
	return head, nil
}

// Read yields the entries after the cursor, and checks each one's hash, place,
// time and link, also of those before. It ends with [ledger.ErrCorrupt] at the
// first that is damaged or missing.
func (s *Stored) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		err := s.each(ctx, func(e ledger.Entry) bool {
			wanted := e.Seq > after && (len(kinds) == 0 || slices.Contains(kinds, e.Kind))
			return !wanted || yield(e, nil)
		})
		if damage := new(paged.Damage); errors.As(err, &damage) {
			yield(ledger.Entry{Seq: damage.Seq}, fmt.Errorf("read the node's copy: %w", err))
		} else if err != nil && !errors.Is(err, errEnough) {
			yield(ledger.Entry{}, fmt.Errorf("read the node's copy: %w", err))
		}
	}
}

// errEnough ends a reading.
var errEnough = errors.New("enough")

// each gives every entry, until one is refused.
func (s *Stored) each(ctx context.Context, give func(ledger.Entry) bool) error {
	blocks, err := s.blocks()
	if err != nil {
		return err
	}
	var last ledger.Entry
	for _, block := range blocks {
		err := readBlock(block, s.names.stream, func(m message) error {
			if m.Seq <= last.Seq { // written a second time: the first one counts, as for the server
				return ctx.Err()
			}
			e, err := follows(last, m)
			if err != nil {
				return err
			}
			if last = e; !give(e) {
				return errEnough
			}
			return ctx.Err()
		})
		if errors.Is(err, errBlock) {
			err = &paged.Damage{Seq: last.Seq + 1, Cause: err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// follows opens a message that has to be the entry after the last one.
func follows(last ledger.Entry, m message) (ledger.Entry, error) {
	e, err := openMessage(m.Seq, m.Data)
	switch {
	case m.Seq != last.Seq+1:
		err = fmt.Errorf("%w: it is missing; the next one is %d", ledger.ErrCorrupt, m.Seq)
	case err != nil:
	case e.Prev != last.Hash:
		err = fmt.Errorf("%w: it follows %s, but the entry before is %s", ledger.ErrCorrupt, e.Prev, last.Hash)
	case last.Seq > 0 && e.Time.Before(last.Time):
		err = fmt.Errorf("%w: it is older than the entry before", ledger.ErrCorrupt)
	}
	if err != nil {
		return e, &paged.Damage{Seq: last.Seq + 1, Cause: err}
	}
	return e, nil
}

// blocks are the stream's files of messages, in order.
func (s *Stored) blocks() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(s.store(), "jetstream", "$G", "streams", s.names.stream, "msgs", "*.blk"))
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(blockNumber(a), blockNumber(b)) })
	return paths, err
}

// store is where the server keeps what it has.
func (s *Stored) store() string { return filepath.Join(s.dir, storeDir) }
