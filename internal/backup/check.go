package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Report is the outcome of Check.
type Report struct {
	Runs  int         `json:"runs"` // that can be read
	Made  time.Time   `json:"made,omitzero"`
	Head  ledger.Head `json:"head"`  // as the last run says
	Files int         `json:"files"` // of the backup that were read
	Bytes int64       `json:"bytes"` // in them
	// Opened says whether they were decrypted and what they hold was checked, beside
	// their checksums; Entries how many of the ledger's are sound then.
	Opened  bool     `json:"opened"`
	Entries uint64   `json:"entries"`
	Damage  []Damage `json:"damage"`
	// Left is what belongs to no run: of one that did not end or is under way, or
	// blocks of keys that were replaced and must not be kept.
	Left []string `json:"left,omitempty"`
}

// Check reads everything in a backup and reports what is missing, cut short or
// changed; it changes nothing and goes on past damage. Without identities it
// holds encrypted files against their checksums; with them it holds what they say
// against the ledger's chain as well. The error is for not being able to look at
// all. A run may be under way: what seems damaged is looked at again if it has ended.
func Check(ctx context.Context, dir string, identities []age.Identity) (Report, error) {
	for {
		report, last, err := check(ctx, dir, identities)
		if err != nil {
			return Report{}, fmt.Errorf("check backup %s: %w", dir, err)
		}
		if len(report.Damage) == 0 {
			return report, nil
		}
		if now, err := readHistory(dir); err != nil || now.at == last {
			return report, nil //nolint:nilerr // the damage that was found says more
		}
	}
}

func check(ctx context.Context, dir string, identities []age.Identity) (_ Report, last int, err error) {
	h, err := readHistory(dir)
	if err != nil {
		return Report{}, 0, err
	}
	c := &checking{dir: dir, identities: identities, history: h}
	c.report = Report{Runs: len(h.runs), Made: h.last().Made, Head: h.last().Head, Opened: true, Damage: slices.Clone(h.damage)}
	if h.at == 0 {
		c.damage("00000001.run", errors.New("there is no backup: not one run has ended"))
	}
	for _, m := range h.runs {
		if err := c.run(ctx, m); err != nil {
			return Report{}, 0, err
		}
	}
	c.keys()
	c.report.Left, err = leftOver(dir, h)
	return c.report, h.at, err
}

// checking is a check on its way.
type checking struct {
	dir        string
	identities []age.Identity
	history    *history
	report     Report
	before     int         // the run before
	head       ledger.Head // of the entries so far
	gap        bool        // there is no knowing which entry comes next
}

// run reads the segments of a run.
func (c *checking) run(ctx context.Context, m manifest) error {
	c.gap = c.gap || m.Run != c.before+1
	c.before = m.Run
	for _, p := range m.Segments {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.file(p, contents{entry: c.entry}.segment)
	}
	if !c.gap && c.head != m.Head {
		c.damage(runName(m.Run), fmt.Errorf("its entries end with %d (%s), it says %d (%s)", c.head.Seq, c.head.Hash, m.Head.Seq, m.Head.Hash))
	}
	return nil
}

// file reads one file; what cannot be decrypted is held against its checksum alone.
func (c *checking) file(p part, do func(io.Reader) error) {
	if p.encrypted() && len(c.identities) == 0 {
		do = nil
	}
	err := p.read(c.dir, c.identities, do)
	c.report.Files, c.report.Bytes = c.report.Files+1, c.report.Bytes+p.Bytes
	switch {
	case do == nil || errors.Is(err, ErrKey):
		c.report.Opened, c.gap = false, true
	case err != nil:
		c.gap = true
	}
	if err != nil && !errors.Is(err, ErrKey) {
		c.damage(p.Name, err)
	}
}

// entry holds an entry against the one before, if that is known.
func (c *checking) entry(e ledger.Entry) error {
	if !c.gap && (e.Seq != c.head.Seq+1 || e.Prev != c.head.Hash) {
		return fmt.Errorf("%w: entry %d does not follow entry %d (%s)", ErrDamaged, e.Seq, c.head.Seq, c.head.Hash)
	}
	c.head, c.gap = ledger.Head{Seq: e.Seq, Hash: e.Hash}, false
	c.report.Entries++
	return nil
}

// keys reads the newest of each block of the keys file.
func (c *checking) keys() {
	for n := 0; int64(n)*blockBytes < c.history.last().KeyBytes; n++ {
		b, ok := c.history.keys[n]
		if !ok {
			c.damage(fmt.Sprintf("keys/%06d", n), errors.New("no run that can be read has this block of the keys"))
			continue
		}
		c.file(b.part, func(plain io.Reader) error { return c.history.holdsKeys(b, plain) })
	}
}

func (c *checking) damage(file string, err error) {
	d := Damage{file, err.Error()}
	if named := (Damage{}); errors.As(err, &named) {
		d = named
	}
	c.report.Damage = append(c.report.Damage, d)
}
