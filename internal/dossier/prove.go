package dossier

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/trust"
)

// prove is all the files of the dossier.
func (d Draft) prove(p Proofs) (map[string][]byte, error) {
	keys, err := trust.Parse(d.files[fileKeys], false)
	if err != nil {
		return nil, err
	}
	now, err := open(p.Checkpoint, keys)
	if err != nil {
		return nil, err
	}
	size := now.Checkpoint.Size
	indexes := append(slices.Clone(d.indexes), p.Index)
	places := make([]place, len(indexes))
	for i, index := range indexes {
		proof, err := p.Log.ProveInclusion(index, size)
		if err != nil {
			return nil, err
		}
		places[i] = place{index, proof}
	}
	files := maps.Clone(d.files)
	files[fileCheckpoint] = bytes.Clone(p.Checkpoint)
	files[fileProofs] = writePlaces(places)
	if files[fileHistory], err = writeHistory(p, keys, size); err != nil {
		return nil, err
	}
	return files, nil
}

// writeHistory is history.jsonl. Of checkpoints of one size the first stays: it
// is the one that dates what it holds.
func writeHistory(p Proofs, keys trust.File, size int64) ([]byte, error) {
	text, last := []byte{}, int64(0)
	for i, checkpoint := range p.History {
		c, err := open(checkpoint, keys)
		if err != nil {
			return nil, fmt.Errorf("earlier checkpoint %d: %w", i+1, err)
		}
		older := c.Checkpoint.Size
		if older >= size || older <= last {
			continue
		}
		last = older
		consistency, err := p.Log.ProveConsistency(older, size)
		if err != nil {
			return nil, err
		}
		line, err := earlier{checkpoint, consistency}.line()
		if err != nil {
			return nil, err
		}
		text = append(append(text, line...), '\n')
	}
	return text, nil
}
