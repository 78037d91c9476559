package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/trust"
)

const (
	// checkEvery is how often the other hub's public log is looked at.
	checkEvery    = time.Minute
	maxCheckpoint = 64 << 10 // bytes, with cosignatures
	tileHeight    = 8        // of C2SP tlog-tiles
	maxTile       = tlog.HashSize << tileHeight
	maxTrust      = 1 << 20 // bytes of a trust file
)

// errContrary says that the other hub's public log is not one log: what it signed
// last does not begin with what it signed before.
var errContrary = errors.New("the other hub's public log contradicts itself")

// Log is what is known of the other hub's public log.
type Log struct {
	Size int64     // of the last checkpoint; 0: none was seen
	Seen time.Time // when it was last found to go on from the one before, since the start
}

// Log is how the other hub's public log stands; the zero Log if it is not watched.
func (f *Follower) Log() Log {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log
}

// watch looks at the other hub's public log every minute until the context ends, and
// ends following if the log contradicts itself. A log that cannot be reached ends
// nothing: what is taken back must not wait for it.
func (f *Follower) watch(ctx context.Context, end context.CancelCauseFunc) {
	if f.cfg.Trust == "" {
		return
	}
	beat := time.NewTicker(checkEvery)
	defer beat.Stop()
	for {
		if err := f.look(ctx); errors.Is(err, errContrary) {
			end(err)
			return
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
	}
}

// look checks that the other hub's newest checkpoint goes on from the one that is
// kept, and keeps it.
func (f *Follower) look(ctx context.Context) error {
	verifiers, err := f.verifiers()
	if err != nil {
		return err
	}
	connection, err := f.deps.HTTP()
	if err != nil {
		return err
	}
	defer connection.CloseIdleConnections()
	remote := tiles{ctx, connection, strings.TrimSuffix(f.cfg.URL, "/") + "/log/"}
	signed, err := remote.get("checkpoint", maxCheckpoint)
	if err != nil {
		return err
	}
	newer, err := translog.OpenCheckpoint(signed, verifiers...)
	if err != nil {
		return fmt.Errorf("the other hub's checkpoint: %w", err)
	}
	if err := f.goesOn(newer, remote); err != nil {
		if errors.Is(err, errContrary) {
			f.mu.Lock()
			f.contrary = string(signed)
			f.mu.Unlock()
		}
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checkpoint, f.log = string(signed), Log{newer.Size, f.deps.Clock().UTC()}
	return nil
}

// verifiers are the keys of the trust file, read anew: the other hub's keys rotate.
func (f *Follower) verifiers() (list []note.Verifier, err error) {
	file, err := os.Open(f.cfg.Trust)
	if err != nil {
		return nil, fmt.Errorf("read the trust file: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxTrust))
	if err != nil {
		return nil, fmt.Errorf("read the trust file: %w", err)
	}
	trusted, err := trust.Parse(text, false)
	if err != nil {
		return nil, fmt.Errorf("read the trust file %s: %w", f.cfg.Trust, err)
	}
	for _, key := range trusted.LogKeys() {
		v, err := translog.NewLogVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("read the trust file %s: %w", f.cfg.Trust, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// goesOn says whether a checkpoint is of the tree that the kept one begins.
func (f *Follower) goesOn(newer translog.Checkpoint, remote tiles) error {
	older, err := f.keptTree()
	switch {
	case err != nil:
		return err
	case older.Origin == "":
		return nil // the first
	case older.Origin != newer.Origin:
		return fmt.Errorf("%w: it is %q now, was %q", errContrary, newer.Origin, older.Origin)
	case newer.Size < older.Size:
		return fmt.Errorf("%w: it has %d entries now, and had %d", errContrary, newer.Size, older.Size)
	case newer.Size == older.Size && newer.Root != older.Root:
		return fmt.Errorf("%w: of %d entries there are two trees", errContrary, newer.Size)
	case newer.Size == older.Size, older.Size == 0:
		return nil
	}
	// Tiles are checked against the newer tree: where they do not fit it, nothing is
	// known of the older one.
	hashes := tlog.TileHashReader(tlog.Tree{N: newer.Size, Hash: newer.Root}, remote)
	proof, err := tlog.ProveTree(newer.Size, older.Size, hashes)
	if err != nil {
		return fmt.Errorf("read the other hub's public log: %w", err)
	}
	if err := translog.VerifyConsistency(older, newer, proof); err != nil {
		return fmt.Errorf("%w: %w", errContrary, err)
	}
	return nil
}

// keptTree is the tree of the checkpoint that is kept, whose signature was checked
// when it came; without one its origin is empty.
func (f *Follower) keptTree() (tree translog.Checkpoint, err error) {
	f.mu.Lock()
	signed := f.checkpoint
	f.mu.Unlock()
	if signed == "" {
		return tree, nil
	}
	text, _, _ := strings.Cut(signed, "\n\n")
	return translog.ParseCheckpoint(text + "\n")
}

// tiles reads a log over HTTP (C2SP tlog-tiles). Nothing that it gives is trusted.
type tiles struct {
	ctx  context.Context
	http *http.Client
	base string
}

var errNoTile = errors.New("there is no such tile")

// Height implements tlog.TileReader.
func (t tiles) Height() int { return tileHeight }

// SaveTiles implements tlog.TileReader; none is kept.
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles implements tlog.TileReader. A partial tile may have become a full one.
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	list := make([][]byte, 0, len(wanted))
	for _, tile := range wanted {
		data, err := t.get(tilePath(tile), maxTile)
		if errors.Is(err, errNoTile) && tile.W < 1<<tileHeight {
			full := tile
			full.W = 1 << tileHeight
			data, err = t.get(tilePath(full), maxTile)
			data = data[:min(len(data), tile.W*tlog.HashSize)]
		}
		if err != nil {
			return nil, err
		}
		list = append(list, data)
	}
	return list, nil
}

// tilePath is a tile's path in C2SP tlog-tiles, which has no height in it.
func tilePath(t tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", tileHeight))
}

func (t tiles) get(path string, most int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(t.ctx, http.MethodGet, t.base+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := t.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", path, errNoTile)
	default:
		return nil, fmt.Errorf("%s: the other hub answers %s", path, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s: it is longer than %d bytes", path, most)
	}
	return text, err
}
