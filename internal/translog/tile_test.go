package translog

import (
	"bytes"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// Paths as C2SP tlog-tiles gives them.
func TestTilePath(t *testing.T) {
	for path, want := range map[string]tlog.Tile{
		"tile/0/x001/x234/067":       {H: 8, L: 0, N: 1234067, W: 256},
		"tile/4/x001/x234/067.p/8":   {H: 8, L: 4, N: 1234067, W: 8},
		"tile/entries/000":           {H: 8, L: -1, N: 0, W: 256},
		"tile/entries/273.p/112":     {H: 8, L: -1, N: 273, W: 112},
		"tile/63/000.p/1":            {H: 8, L: 63, N: 0, W: 1},
		"tile/0/x999/999.p/255":      {H: 8, L: 0, N: 999999, W: 255},
		"tile/entries/x001/000.p/99": {H: 8, L: -1, N: 1000, W: 99},
	} {
		got, err := parseTilePath(path)
		if err != nil || got != want || tilePath(want) != path {
			t.Errorf("%s is read as %v (%v), written as %s", path, got, err, tilePath(want))
		}
	}
}

func FuzzTilePath(f *testing.F) {
	f.Add("tile/0/x001/x234/067")
	f.Add("tile/entries/273.p/112")
	f.Add("tile/data/000")
	f.Add("tile/0/000.p/256")
	f.Fuzz(func(t *testing.T, path string) {
		tile, err := parseTilePath(path)
		if err == nil && tilePath(tile) != path {
			t.Errorf("%q is written back as %q", path, tilePath(tile))
		}
		if err == nil {
			tileAt(1<<40, tile.L, tile.N) // any level and number that a path can name
		}
	})
}

func FuzzBundle(f *testing.F) {
	f.Add(appendEntry(appendEntry(nil, []byte("a")), []byte("bc")), 2)
	f.Add([]byte{0}, 1)
	f.Add([]byte{0, 2, 1}, 1)
	f.Fuzz(func(t *testing.T, bundle []byte, n int) {
		if n < 0 || n > width {
			return
		}
		entries, err := splitBundle(bundle, n)
		if err != nil {
			return
		}
		var back []byte
		for _, e := range entries {
			back = appendEntry(back, e)
		}
		if len(entries) != n || !bytes.Equal(back, bundle) {
			t.Errorf("%x is written back as %x", bundle, back)
		}
	})
}

// The widths that the specification works out for a tree of 70,000.
func TestTileAt(t *testing.T) {
	for _, c := range []struct {
		level int
		n     int64
		want  int
	}{{0, 272, 256}, {0, 273, 112}, {0, 274, 0}, {1, 0, 256}, {1, 1, 17}, {1, 2, 0}, {2, 0, 1}, {3, 0, 0}, {-1, 273, 112}, {-1, 274, 0}, {0, 1 << 56, 0}} {
		if got := tileAt(70000, c.level, c.n).W; got != c.want {
			t.Errorf("tile %d/%d is %d wide, want %d", c.level, c.n, got, c.want)
		}
	}
}
