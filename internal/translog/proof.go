package translog

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ProveInclusion is the proof that the tree of the first size entries holds the
// entry at index (from 0), for tlog.CheckRecord.
func (l *Log) ProveInclusion(index, size int64) (tlog.RecordProof, error) {
	held := l.Tree().Size
	if index < 0 || index >= size || size > held {
		return nil, fmt.Errorf("prove inclusion: %w: index %d in a tree of %d: the log has %d entries", ErrInvalid, index, size, held)
	}
	proof, err := tlog.ProveRecord(size, index, l.hashes(held))
	if err != nil {
		return nil, fmt.Errorf("prove inclusion of entry %d: %w", index, err)
	}
	return proof, nil
}

// ProveConsistency is the proof that the tree of the first newer entries begins
// with that of the first older ones (at least 1), for tlog.CheckTree.
func (l *Log) ProveConsistency(older, newer int64) (tlog.TreeProof, error) {
	held := l.Tree().Size
	if older < 1 || older > newer || newer > held {
		return nil, fmt.Errorf("prove consistency: %w: sizes %d and %d: the log has %d entries", ErrInvalid, older, newer, held)
	}
	proof, err := tlog.ProveTree(newer, older, l.hashes(held))
	if err != nil {
		return nil, fmt.Errorf("prove consistency of sizes %d and %d: %w", older, newer, err)
	}
	return proof, nil
}

// Entry is the entry at index (from 0), checked against its leaf.
func (l *Log) Entry(index int64) ([]byte, error) {
	held := l.Tree().Size
	if index < 0 || index >= held {
		return nil, fmt.Errorf("read entry: %w: index %d: the log has %d entries", ErrInvalid, index, held)
	}
	bundle, t, err := readWidest(l.dir, tileAt(held, bundles, index/width))
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", index, err)
	}
	entries, err := splitBundle(bundle, t.W)
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w: %s: %w", index, ErrCorrupt, tilePath(t), err)
	}
	entry := entries[index%width]
	leaf, err := l.hashes(held).ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return nil, fmt.Errorf("read entry %d: %w", index, err)
	}
	if tlog.RecordHash(entry) != leaf[0] {
		return nil, fmt.Errorf("read entry %d: %w: %s does not hold what the tree has", index, ErrCorrupt, tilePath(t))
	}
	return entry, nil
}

// hashes reads the hashes of a tree of the given size, which serve for every
// smaller tree as well.
func (l *Log) hashes(size int64) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		type key struct {
			level  int
			number int64
		}
		read := make(map[key]tileFile)
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			need := tlog.TileForIndex(height, index)
			f, ok := read[key{need.L, need.N}]
			if !ok {
				data, t, err := readWidest(l.dir, tileAt(size, need.L, need.N))
				if err != nil {
					return nil, err
				}
				f = tileFile{t, data}
				read[key{need.L, need.N}] = f
			}
			h, err := tlog.HashFromTile(f.tile, f.data, index)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
			}
			hashes[i] = h
		}
		return hashes, nil
	})
}
