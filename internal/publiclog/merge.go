package publiclog

import (
	"bytes"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// merge walks along the ledger as the log was made from it.
type merge struct {
	source Source
	next   func() (ledger.Entry, error, bool)
	at     ledger.Entry
	done   ledger.Seq // up to here everything was found on the log
}

// place finds of which entry of the ledger the log's entry i is.
func (m *merge) place(i int64, entry []byte) (noted, proof.Commitment, error) {
	switch {
	case isLeaf(entry):
		if err := m.leaf(i, entry); err != nil {
			return noted{}, proof.Commitment{}, err
		}
		return noted{m.at.Seq, i, leafEntry}, proof.Commitment{}, nil
	case proof.IsCommitment(entry):
		c, err := proof.ParseCommitment(entry)
		if err == nil {
			err = m.commitment(i, c)
		}
		return noted{m.at.Seq, i, commitmentEntry}, c, err
	}
	return noted{}, proof.Commitment{}, nil
}

// leaf goes on to the next entry of the ledger that has a leaf: it has to be
// this one.
func (m *merge) leaf(i int64, entry []byte) error {
	for {
		if err := m.step(i); err != nil {
			return err
		}
		if m.at.Seq <= m.done {
			continue
		}
		if leaf, ok := m.source.Leaf(m.at.Seq); ok {
			if !bytes.Equal(leaf, entry) {
				return diverged(i, fmt.Sprintf("is not what entry %d of the ledger has to be there", m.at.Seq))
			}
			m.done = m.at.Seq
			return nil
		}
	}
}

// commitment goes on to the entry of the ledger that is committed to; none that
// has a leaf may be passed over.
func (m *merge) commitment(i int64, c proof.Commitment) error {
	for m.at.Hash != c.Head {
		if err := m.step(i); err != nil {
			return err
		}
		if _, ok := m.source.Leaf(m.at.Seq); ok && m.at.Seq > m.done {
			return diverged(i, fmt.Sprintf("commits to the ledger beyond its entry %d, which the log does not have", m.at.Seq))
		}
	}
	m.done = m.at.Seq
	return nil
}

func (m *merge) step(i int64) error {
	e, err, ok := m.next()
	if !ok {
		return diverged(i, "is of an entry that the ledger does not have: it was restored from a backup that is older than the log")
	}
	m.at = e
	return err
}

func diverged(i int64, what string) error {
	return fmt.Errorf("%w: entry %d of the log %s", ErrDiverged, i, what)
}
