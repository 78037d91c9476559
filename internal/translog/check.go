package translog

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Report is the outcome of Check.
type Report struct {
	Checkpoint Checkpoint
	Damage     []Damage // none: every file is what the checkpoint commits to
}

// Damage is a file that is not what it should be.
type Damage struct {
	Path   string
	Reason string
}

// Check reads a log's files, as they lie in dir or were fetched from a server,
// and holds every entry against its leaf, every tile against its parent, and
// the right edge against the root that one of the keys has signed. It goes on
// past damage; the error is for not being able to look at all. The log may be in
// use: what seems damaged is looked at again if it has grown meanwhile.
func Check(dir string, verifiers ...note.Verifier) (Report, error) {
	for {
		signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
		if err != nil {
			return Report{}, fmt.Errorf("check log: %w", err)
		}
		report := check(dir, signed, verifiers)
		if len(report.Damage) == 0 {
			return report, nil
		}
		if now, err := os.ReadFile(filepath.Join(dir, checkpointFile)); err != nil || bytes.Equal(now, signed) {
			return report, nil //nolint:nilerr // the damage that was found says more
		}
	}
}

func check(dir string, signed []byte, verifiers []note.Verifier) Report {
	tree, err := OpenCheckpoint(signed, verifiers...)
	if err != nil {
		// Without a size there is nothing to hold the files against.
		return Report{Damage: []Damage{{checkpointFile, err.Error()}}}
	}
	c := checker{dir: dir, report: Report{Checkpoint: tree}}
	c.bundles()
	var e edge
	for level := 0; tree.Size>>(height*level) > 0; level++ {
		e.tiles = append(e.tiles, c.level(level))
	}
	if len(c.report.Damage) == 0 {
		if root, err := e.root(tree.Size); err != nil || root != tree.Root {
			c.damage(tlog.Tile{}, "the tiles at the right edge do not hash to its root")
		}
	}
	return c.report
}

type checker struct {
	dir    string
	report Report
}

func (c *checker) damage(t tlog.Tile, format string, args ...any) {
	path := checkpointFile
	if t.W > 0 {
		path = tilePath(t)
	}
	c.report.Damage = append(c.report.Damage, Damage{path, fmt.Sprintf(format, args...)})
}

// bundles holds every entry against its leaf.
func (c *checker) bundles() {
	size := c.report.Checkpoint.Size
	for n := int64(0); n*width < size; n++ {
		t, leaves := tileAt(size, bundles, n), tileAt(size, 0, n)
		bundle, err := readTile(c.dir, t)
		if err != nil {
			c.damage(t, "%v", err)
			continue
		}
		entries, err := splitBundle(bundle, t.W)
		if err != nil {
			c.damage(t, "%v", err)
			continue
		}
		hashes, err := readTile(c.dir, leaves)
		if err != nil {
			continue // level 0 will say so
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != tlog.Hash(hashes[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
				c.damage(t, "entry %d does not hash to its leaf in %s", n*width+int64(i), tilePath(leaves))
			}
		}
	}
}

// level holds every full tile of a level against its hash one level up, and
// returns the level's partial tile.
func (c *checker) level(level int) (partial []byte) {
	size := c.report.Checkpoint.Size
	var parents []byte // the tile one level up that is being compared with
	for n := int64(0); ; n++ {
		t := tileAt(size, level, n)
		if t.W == 0 {
			return nil
		}
		up := tileAt(size, level+1, n/width)
		if n%width == 0 {
			var err error
			if parents, err = readTile(c.dir, up); err != nil {
				parents = nil // that level will say so
			}
		}
		hashes, err := readTile(c.dir, t)
		if err != nil {
			c.damage(t, "%v", err)
			continue
		}
		if t.W < width {
			return hashes
		}
		at := int(n%width) * tlog.HashSize
		if parents != nil && fullTileHash(hashes) != tlog.Hash(parents[at:at+tlog.HashSize]) {
			c.damage(t, "it does not hash to its place in %s", tilePath(up))
		}
	}
}
