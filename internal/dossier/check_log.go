package dossier

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/trust"
)

const dateLayout = "2 January 2006 15:04:05 UTC"

// checkCheckpoint holds the checkpoint's signatures against the keys.
func (v *verifier) checkCheckpoint() (string, error) {
	text, err := v.file(fileCheckpoint)
	if err != nil {
		return "", err
	}
	if v.own == nil {
		return "", notMade("keys")
	}
	c, err := open(text, *v.own)
	if err != nil {
		return "", fmt.Errorf("%s: %w", fileCheckpoint, err)
	}
	v.checkpoint = &c
	if v.trusted == nil {
		return "", notMade("keys")
	}
	if err := believed(c, *v.trusted); err != nil {
		return "", fmt.Errorf("%s: %w", fileCheckpoint, err)
	}
	detail := fmt.Sprintf("%s, %s, signed by the log", c.Checkpoint.Origin, count(int(c.Checkpoint.Size), "entry"))
	if v.trusted.Quorum == nil {
		return detail + "; the trust file asks for no witness, so that nobody but the hub vouches for the log", nil
	}
	return detail + fmt.Sprintf(" and %s; the quorum was met by %s", count(len(v.trustedTimes(c)), "trusted witness"), v.quorumAt(c).Format(dateLayout)), nil
}

// open reads a checkpoint all of whose signatures are by keys of a dossier's
// keys.txt.
func open(text []byte, own trust.File) (translog.Cosigned, error) {
	c, err := translog.OpenCosigned(text, own.LogKeys(), own.WitnessKeys())
	if err == nil && c.Checkpoint.Size < 1 {
		err = errors.New("its log is empty")
	}
	return c, err
}

// believed says whether a checkpoint whose signatures verify is signed by whom
// the reader trusts: a key of the log, and as many witnesses as the quorum needs.
func believed(c translog.Cosigned, trusted trust.File) error {
	if !slices.ContainsFunc(c.Logs, func(vkey string) bool { return slices.Contains(trusted.LogKeys(), vkey) }) {
		return fmt.Errorf("no trusted key of the log has signed it, only %s", quoted(c.Logs))
	}
	cosigned := make([]string, len(c.Witnesses))
	for i, w := range c.Witnesses {
		cosigned[i] = w.Key
	}
	if !trusted.QuorumMet(cosigned) {
		return fmt.Errorf("the quorum of trusted witnesses, %s, is not met: it is cosigned by %s", trusted.Quorum, quoted(cosigned))
	}
	return nil
}

// quoted lists keys for a person.
func quoted(keys []string) string {
	if len(keys) == 0 {
		return "nobody"
	}
	return strings.Join(keys, ", ")
}

// checkHistory holds earlier checkpoints against the keys and the dossier's own.
func (v *verifier) checkHistory() (string, error) {
	text, err := v.file(fileHistory)
	if err != nil {
		return "", err
	}
	history, err := parseHistory(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", fileHistory, err)
	}
	switch {
	case v.own == nil || v.trusted == nil:
		return "", notMade("keys")
	case v.checkpoint == nil:
		return "", notMade("checkpoint")
	}
	now := v.checkpoint.Checkpoint
	size := int64(0)
	for i, e := range history {
		c, err := open(e.checkpoint, *v.own)
		if err == nil {
			err = believed(c, *v.trusted)
		}
		if err == nil && (c.Checkpoint.Size <= size || c.Checkpoint.Size >= now.Size) {
			err = fmt.Errorf("its size is %d: sizes rise, and stay below the %d of the checkpoint", c.Checkpoint.Size, now.Size)
		}
		if err == nil {
			err = tlog.CheckTree(e.consistency, now.Size, now.Root, c.Checkpoint.Size, c.Checkpoint.Root)
		}
		if err != nil {
			return "", fmt.Errorf("%s: line %d: %w", fileHistory, i+1, err)
		}
		size = c.Checkpoint.Size
		v.earlier = append(v.earlier, c)
	}
	if len(history) == 0 {
		return "no earlier checkpoint is kept", nil
	}
	detail := fmt.Sprintf("the log only grew since %s", count(len(history), "earlier checkpoint"))
	if at := v.quorumAt(v.earlier[0]); !at.IsZero() {
		detail += ", the first of them seen by the quorum by " + at.Format(dateLayout)
	}
	return detail, nil
}

// checkInclusion holds every entry against the checkpoint's root.
func (v *verifier) checkInclusion() (string, error) {
	text, err := v.file(fileProofs)
	if err != nil {
		return "", err
	}
	places, err := parsePlaces(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", fileProofs, err)
	}
	if err := errors.Join(v.readActs(), v.readRecords()); err != nil {
		return "", fmt.Errorf("not every entry is known: %w", err)
	}
	acts, records := len(v.acts), len(v.records)
	if want := acts + records + 1; len(places) != want {
		return "", fmt.Errorf("%s: it has %s, and %s, %s and the manifest need %d",
			fileProofs, count(len(places), "line"), count(acts, "key act"), count(records, "record"), want)
	}
	v.places = places
	if v.checkpoint == nil {
		return "", notMade("checkpoint")
	}
	tree := v.checkpoint.Checkpoint
	last := int64(-1)
	for i, p := range places {
		what, entry := v.entry(i)
		if i == acts {
			last = -1 // the records' indexes are another series than the acts'
		}
		if i == acts+records && acts > 0 {
			last = max(last, places[acts-1].index)
		}
		if p.index <= last {
			return "", fmt.Errorf("%s: line %d: %s is at index %d, which is not above %d", fileProofs, i+1, what, p.index, last)
		}
		if err := tlog.CheckRecord(p.proof, tree.Size, tree.Root, p.index, tlog.RecordHash(entry)); err != nil {
			return "", fmt.Errorf("%s: line %d: %s is not at index %d of the log: %w", fileProofs, i+1, what, p.index, err)
		}
		last = p.index
	}
	if err := v.checkDates(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %s and the manifest are in the log", count(acts, "key act"), count(records, "record")), nil
}

// entry is the log's entry that line i of proofs.jsonl (from 0) is about.
func (v *verifier) entry(i int) (what string, entry []byte) {
	switch acts := len(v.acts); {
	case i < acts:
		return fmt.Sprintf("key act %d", i+1), v.acts[i].Leaf()
	case i < acts+len(v.records):
		return fmt.Sprintf("record %d", i-acts+1), recordLeaf(v.records[i-acts].commitment.String())
	}
	return "the manifest", manifestLeaf(v.files[fileManifest])
}
