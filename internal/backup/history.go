package backup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Damage is a file of a backup that is not what was written.
type Damage struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

func (d Damage) Error() string { return d.File + ": " + d.Reason }
func (d Damage) Unwrap() error { return ErrDamaged }

// history is what the runs of a backup say, one after the other.
type history struct {
	runs   []manifest        // those that can be read
	at     int               // the last run that was looked at
	sum    ledger.Hash       // SHA-256 of its .run; zero if that is damaged
	damage []Damage          // of .run files
	keys   map[int]block     // the newest of each
	files  map[string]string // as in a manifest
}

// readHistory reads every .run in dir, and goes on past damage.
func readHistory(dir string) (*history, error) {
	h := &history{keys: make(map[int]block), files: make(map[string]string)}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries { // in the order of their names
		match := names.run.FindStringSubmatch(e.Name())
		if match == nil {
			continue
		}
		run, _ := strconv.Atoi(match[1]) // it has eight digits
		for h.at+1 < run {
			h.lost("it is missing")
		}
		text, err := readLimited(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		m, err := parseManifest(text, run)
		if err != nil {
			h.lost(err.Error())
			continue
		}
		h.take(m, sha256.Sum256(text))
	}
	return h, nil
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	return text, errors.Join(err, f.Close())
}

// lost notes damage of the next run.
func (h *history) lost(reason string) {
	h.at++
	h.damage = append(h.damage, Damage{runName(h.at), reason})
	h.sum = ledger.Hash{}
}

// take adds the next run. What a damaged one had named cannot be held against it.
func (h *history) take(m manifest, sum ledger.Hash) {
	damagedBefore := h.at > 0 && h.sum == ledger.Hash{}
	if m.Previous != h.sum && !damagedBefore {
		h.damage = append(h.damage, Damage{runName(m.Run), fmt.Sprintf("it follows another run %d than the one here", m.Run-1)})
	}
	h.at, h.sum, h.runs = m.Run, sum, append(h.runs, m)
	for _, b := range m.Keys {
		h.keys[b.Block] = b
	}
	maps.DeleteFunc(h.keys, func(n int, _ block) bool { return int64(n)*blockBytes >= m.KeyBytes })
	maps.Copy(h.files, m.Files)
}

// last is the newest run; the zero manifest if there is none.
func (h *history) last() manifest {
	if len(h.runs) == 0 {
		return manifest{}
	}
	return h.runs[len(h.runs)-1]
}

// sound is the first damage of a .run as an error.
func (h *history) sound() error {
	if len(h.damage) == 0 {
		return nil
	}
	return h.damage[0]
}
