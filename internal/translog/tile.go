package translog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A tile spans 8 levels of the tree, so it is up to 256 hashes wide.
const (
	height = 8
	width  = 1 << height
)

// bundles is the level at which package tlog counts record data.
const bundles = -1

// MaxEntry is the largest entry in bytes: its length has two bytes.
const MaxEntry = 1<<16 - 1

// tilePath is a tile's path as C2SP tlog-tiles has it, which is tlog's without
// the height and with "entries" for "data".
func tilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
	if rest, ok := strings.CutPrefix(path, "data/"); ok {
		path = "entries/" + rest
	}
	return "tile/" + path
}

// parseTilePath reads what tilePath writes and nothing else.
func parseTilePath(path string) (tlog.Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if number, isEntries := strings.CutPrefix(rest, "entries/"); isEntries {
		rest = "data/" + number
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", height, rest))
	if err != nil || !ok || t.L > 63 || tilePath(t) != path {
		return tlog.Tile{}, fmt.Errorf("malformed tile path %q", path)
	}
	return t, nil
}

// tileAt is the tile number n of a level as it is in a tree of the given size;
// its width is 0 if the tree does not reach it.
func tileAt(size int64, level int, n int64) tlog.Tile {
	t := tlog.Tile{H: height, L: level, N: n}
	hashes := size >> (height * max(level, 0)) // complete subtrees at the level
	switch full := hashes / width; {
	case n < full:
		t.W = width
	case n == full:
		t.W = int(hashes % width)
	}
	return t
}

// appendEntry adds an entry to a bundle: its length in two bytes, big-endian,
// and the entry.
func appendEntry(bundle, entry []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...)
}

// splitBundle takes a bundle of n entries apart. They share its memory.
func splitBundle(bundle []byte, n int) ([][]byte, error) {
	entries := make([][]byte, 0, n)
	for len(entries) < n {
		if len(bundle) < 2 {
			return nil, fmt.Errorf("it ends after %d of %d entries", len(entries), n)
		}
		length := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+length {
			return nil, fmt.Errorf("it ends within entry %d of %d", len(entries), n)
		}
		entries = append(entries, bundle[2:2+length:2+length])
		bundle = bundle[2+length:]
	}
	if len(bundle) != 0 {
		return nil, errors.New("bytes follow the last entry")
	}
	return entries, nil
}

// fullTileHash is the tree hash over the 256 hashes of a full tile.
func fullTileHash(tile []byte) tlog.Hash {
	if len(tile) == tlog.HashSize {
		return tlog.Hash(tile)
	}
	half := len(tile) / 2
	return tlog.NodeHash(fullTileHash(tile[:half]), fullTileHash(tile[half:]))
}

// partials is the folder of a tile's partial versions.
func partials(t tlog.Tile) string {
	t.W = width
	return tilePath(t) + ".p"
}
