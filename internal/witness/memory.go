package witness

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// maxForks is how many proofs of forks are kept of one log: one is enough, and
// whoever has the log's key can make any number.
const maxForks = 8

func fileOf(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// remember reads what was cosigned last of a log. The file proves itself: it has
// the witness's own cosignature. A log that it never saw has no file, and is
// remembered as without entries.
func (w *Witness) remember(origin string) (*memory, error) {
	forks, err := filepath.Glob(w.path("forks", fileOf(origin)+"-*"))
	if err != nil {
		return nil, err
	}
	m := &memory{tree: translog.Checkpoint{Origin: origin, Root: sha256.Sum256(nil)}, forks: len(forks)}
	path := w.path("logs", fileOf(origin))
	signed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	n, err := note.Open(signed, note.VerifierList(w.key.Verifier()))
	if err != nil {
		return nil, fmt.Errorf("%s is damaged, restore it: without it the witness does not know what it signed: %w", path, err)
	}
	if m.tree, err = translog.ParseCheckpoint(n.Text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.tree.Origin != origin {
		return nil, fmt.Errorf("%s is of the log %q, not of %q: restore it", path, m.tree.Origin, origin)
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.at = time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0) // the verifier has looked at its length
	m.signed = signed
	return m, nil
}

// keep has a cosigned checkpoint on disk before it is remembered. After an error
// the file may be newer than the memory, but what is in it has left nobody's
// hands, so that signing another continuation contradicts nothing.
func (w *Witness) keep(m *memory, tree translog.Checkpoint, at time.Time, signed []byte) error {
	if err := atomicfile.Write(w.path("logs", fileOf(tree.Origin)), signed, 0o600); err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	m.tree, m.at, m.signed = tree, at, signed
	return nil
}

// keepFork keeps two signed checkpoints of one size with different roots: with
// the log's key, they are proof for anybody.
func (w *Witness) keepFork(m *memory, tree translog.Checkpoint, signed []byte) {
	name := fmt.Sprintf("%s-%d-%x", fileOf(tree.Origin), tree.Size, tree.Root[:8])
	path := w.path("forks", name)
	if _, err := os.Stat(path); err == nil || m.forks >= maxForks {
		return
	}
	if err := atomicfile.Write(path, bytes.Join([][]byte{m.signed, signed}, []byte("\n")), 0o600); err != nil {
		w.logger.Error("proof of a fork cannot be kept", "log", tree.Origin, "error", err)
		return
	}
	m.forks++
	w.logger.Error("a log is forked: two checkpoints of one size have different roots", "log", tree.Origin, "size", tree.Size, "proof", path)
}
