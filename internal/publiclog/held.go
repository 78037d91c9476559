package publiclog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// held is what there is of a case's dossiers.
type held struct {
	path    string // of the newest; empty: none is there
	records int    // in it
	begun   time.Time

	// The last manifest that went to the log and where it is: while witnesses are
	// missing, it is not logged again for each who asks.
	leaf  string
	index int64
}

// pathOf names the dossier of records after their number and last commitment.
func (d *Dossiers) pathOf(records []attribution.Kept) (string, error) {
	head, err := commitmentOf(records[len(records)-1])
	if err != nil {
		return "", err
	}
	return filepath.Join(d.dir, fmt.Sprintf("%s.%d.%.16s.zip", records[0].Record.Case, len(records), head)), nil
}

// begin is before a dossier is made: an older one that can be served instead, if
// it holds all that a coordinator has made public, and whether another is due.
func (d *Dossiers) begin(id attribution.CaseID, part attribution.Part) (older string, due bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.held[id]
	if h == nil {
		h = &held{}
		if h.path, h.records, err = d.find(part.Records); err != nil {
			return "", false, err
		}
		d.held[id] = h
	}
	now := d.logger.cfg.Clock()
	if h.records >= part.Spoken {
		older = h.path
	}
	if due = now.Sub(h.begun) >= makingEvery; due || older == "" {
		h.begun = now
	}
	return older, due, nil
}

// find is the newest dossier in the folder that is of these records.
func (d *Dossiers) find(records []attribution.Kept) (string, int, error) {
	files, err := d.files(records[0].Record.Case)
	if err != nil {
		return "", 0, err
	}
	for _, f := range slices.Backward(files) {
		if f.records < 1 || f.records > len(records) {
			continue // of a ledger that was set back
		}
		if path, err := d.pathOf(records[:f.records]); err != nil || path == f.path {
			return path, f.records, err
		}
	}
	return "", 0, nil
}

type dossierFile struct {
	path    string
	records int
}

// files lists the dossiers of a case in the folder, the oldest first.
func (d *Dossiers) files(id attribution.CaseID) ([]dossierFile, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, fmt.Errorf("list dossiers of %s: %w", id, err)
	}
	var files []dossierFile
	for _, e := range entries {
		if parts := strings.Split(e.Name(), "."); len(parts) == 4 && parts[0] == string(id) && parts[3] == "zip" {
			if n, err := strconv.Atoi(parts[1]); err == nil {
				files = append(files, dossierFile{filepath.Join(d.dir, e.Name()), n})
			}
		}
	}
	slices.SortFunc(files, func(a, b dossierFile) int { return a.records - b.records })
	return files, nil
}

// keep writes a dossier and removes all but it and the newest before it, which
// somebody may be about to read. One that somebody cites verifies wherever it is.
// Two of a case may be made at once, and the older one end last: what is written is
// noted in the same step, so that the other does not remove it.
func (d *Dossiers) keep(id attribution.CaseID, path string, text []byte, records int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := atomicfile.Write(path, text, 0o644); err != nil {
		return err
	}
	h := d.held[id]
	before := h.path
	if before == "" || records > h.records {
		h.path, h.records = path, records
	}
	files, err := d.files(id)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.path == path || f.path == before {
			continue
		}
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an older dossier: %w", err)
		}
	}
	return nil
}

// log has a manifest's leaf on the log, once.
func (d *Dossiers) log(ctx context.Context, id attribution.CaseID, leaf []byte) (int64, error) {
	d.mu.Lock()
	h := d.held[id]
	known, index := h.leaf == string(leaf), h.index
	d.mu.Unlock()
	if known {
		return index, nil
	}
	index, err := d.logger.Add(ctx, leaf)
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	h.leaf, h.index = string(leaf), index
	d.mu.Unlock()
	return index, nil
}
