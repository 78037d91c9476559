package translog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of the tree: at each level the tile that is not full
// yet, and the bundle that goes with the lowest. It is all that appending needs.
type edge struct {
	tiles  [][]byte // by tile level, each 0 to 255 hashes
	bundle []byte
}

// tileFile is a tile or a bundle to be written.
type tileFile struct {
	tile tlog.Tile
	data []byte
}

func (e edge) clone() edge {
	c := edge{tiles: make([][]byte, len(e.tiles)), bundle: bytes.Clone(e.bundle)}
	for i, t := range e.tiles {
		c.tiles[i] = bytes.Clone(t)
	}
	return c
}

// add puts entries behind the first size ones and returns every file that a
// tree of the new size needs and one of the old size does not.
func (e *edge) add(size int64, entries [][]byte) []tileFile {
	var files []tileFile
	before := size
	for _, entry := range entries {
		e.bundle = appendEntry(e.bundle, entry)
		leaf := tlog.RecordHash(entry)
		size++
		if size%width == 0 {
			files = append(files, tileFile{tileAt(size, bundles, size/width-1), e.bundle})
			e.bundle = nil
		}
		files = e.push(files, 0, leaf, size)
	}
	if tail := tileAt(size, bundles, size/width); tail.W > 0 {
		files = append(files, tileFile{tail, bytes.Clone(e.bundle)})
	}
	for level, hashes := range e.tiles {
		shift := height * level
		if t := tileAt(size, level, size>>shift/width); t.W > 0 && size>>shift != before>>shift {
			files = append(files, tileFile{t, bytes.Clone(hashes)})
		}
	}
	return files
}

// push adds a hash to a level, and the hash of the tile that it fills to the
// next one.
func (e *edge) push(files []tileFile, level int, h tlog.Hash, size int64) []tileFile {
	if level == len(e.tiles) {
		e.tiles = append(e.tiles, nil)
	}
	e.tiles[level] = append(e.tiles[level], h[:]...)
	if len(e.tiles[level]) < width*tlog.HashSize {
		return files
	}
	full := e.tiles[level]
	e.tiles[level] = nil
	files = append(files, tileFile{tileAt(size, level, size>>(height*level)/width-1), full})
	return e.push(files, level+1, fullTileHash(full), size)
}

// root is the tree hash of the first size entries, of which e is the edge.
func (e edge) root(size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			t := tlog.TileForIndex(height, index)
			if t.L >= len(e.tiles) {
				return nil, fmt.Errorf("%w: no tile at level %d", ErrCorrupt, t.L)
			}
			h, err := tlog.HashFromTile(t, e.tiles[t.L], index)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
			}
			hashes[i] = h
		}
		return hashes, nil
	}))
}

// loadEdge reads the edge of a tree of the given size.
func loadEdge(dir string, size int64) (edge, error) {
	var e edge
	for level := 0; size>>(height*level) > 0; level++ {
		t := tileAt(size, level, size>>(height*level)/width)
		hashes, err := readTile(dir, t)
		if err != nil {
			return edge{}, err
		}
		e.tiles = append(e.tiles, hashes)
	}
	tail := tileAt(size, bundles, size/width)
	bundle, err := readTile(dir, tail)
	if err != nil {
		return edge{}, err
	}
	entries, err := splitBundle(bundle, tail.W)
	if err != nil {
		return edge{}, fmt.Errorf("%w: %s: %w", ErrCorrupt, tilePath(tail), err)
	}
	for i, entry := range entries {
		if tlog.RecordHash(entry) != tlog.Hash(e.tiles[0][i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return edge{}, fmt.Errorf("%w: entry %d in %s is not the one in the tree", ErrCorrupt, tail.N*width+int64(i), tilePath(tail))
		}
	}
	e.bundle = bundle
	return e, nil
}

// readTile reads a tile or a bundle; one of width 0 is empty and has no file.
func readTile(dir string, t tlog.Tile) ([]byte, error) {
	if t.W == 0 {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(tilePath(t))))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if t.L != bundles && len(data) != t.W*tlog.HashSize {
		return nil, fmt.Errorf("%w: %s has %d bytes, not %d", ErrCorrupt, tilePath(t), len(data), t.W*tlog.HashSize)
	}
	return data, nil
}

// readWidest is readTile, and the full tile where an append has made the
// partial one superfluous since the size was looked at.
func readWidest(dir string, t tlog.Tile) ([]byte, tlog.Tile, error) {
	data, err := readTile(dir, t)
	if errors.Is(err, fs.ErrNotExist) && t.W < width {
		t.W = width
		data, err = readTile(dir, t)
	}
	return data, t, err
}
