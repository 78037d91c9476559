package backup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	format = "tocsin-backup/1"
	// maxManifest is far above what a first run of a public log with ten million
	// entries has to name, in bytes.
	maxManifest = 64 << 20
)

// ErrDamaged says that files of a backup are not what was written.
var ErrDamaged = errors.New("the backup is damaged")

// manifest is what a .run says.
type manifest struct {
	Format   string      `json:"format"`
	Run      int         `json:"run"`
	Previous ledger.Hash `json:"previous"` // SHA-256 of the .run before; zeros for the first
	Hub      ledger.Hash `json:"hub"`      // of the ledger's first entry: no other hub has it
	Made     time.Time   `json:"made"`
	Head     ledger.Head `json:"head"` // of the ledger as far as it is copied
	Segments []part      `json:"segments"`
	Keys     []block     `json:"keys"`       // blocks that changed
	KeyBytes int64       `json:"keys_bytes"` // length of the keys file
	// Files are those that changed: digest of the path -> digest of mode and content.
	Files map[string]string `json:"files"`
}

// part is a file of the backup as it was written.
type part struct {
	Name   string      `json:"name"`
	Bytes  int64       `json:"bytes"`
	SHA256 ledger.Hash `json:"sha256"`
}

func (p part) encrypted() bool { return strings.HasSuffix(p.Name, ".age") }

// block is one of the keys file's blocks.
type block struct {
	part
	Block   int         `json:"block"`   // from 0
	Content ledger.Hash `json:"content"` // SHA-256 of what is in it
}

func runName(run int) string { return fmt.Sprintf("%08d.run", run) }

func segmentName(run, n int, encrypted bool) string {
	return fmt.Sprintf("%08d-%03d.tar", run, n) + suffix(encrypted)
}

func blockName(run, n int, encrypted bool) string {
	if encrypted {
		return fmt.Sprintf("keys/%06d-%08d.age", n, run)
	}
	return fmt.Sprintf("keys/%06d-%08d.keys", n, run)
}

func suffix(encrypted bool) string {
	if encrypted {
		return ".age"
	}
	return ""
}

// names are how the files of a backup are called.
var names = struct{ run, segment, block *regexp.Regexp }{
	regexp.MustCompile(`^([0-9]{8})\.run$`),
	regexp.MustCompile(`^([0-9]{8})-[0-9]{3,}\.tar(\.age)?$`),
	regexp.MustCompile(`^keys/[0-9]{6}-([0-9]{8})\.(age|keys)$`),
}

func (m manifest) text() ([]byte, error) {
	text, err := json.Marshal(m, jsontext.Multiline(true), json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	if len(text) > maxManifest/2 {
		return nil, fmt.Errorf("a run of %d files is too much for its list: it has %d bytes", len(m.Files), len(text))
	}
	return fmt.Appendf(text, "\n%x\n", sha256.Sum256(text)), nil
}

// parseManifest reads a .run; the error is ErrDamaged.
func parseManifest(text []byte, run int) (m manifest, err error) {
	const tail = 1 + 2*sha256.Size + 1
	if len(text) < tail || len(text) > maxManifest {
		return m, fmt.Errorf("%w: it has %d bytes", ErrDamaged, len(text))
	}
	content := text[:len(text)-tail]
	if want := fmt.Sprintf("\n%x\n", sha256.Sum256(content)); string(text[len(content):]) != want {
		return m, fmt.Errorf("%w: its checksum does not hold", ErrDamaged)
	}
	if err := json.Unmarshal(content, &m, json.RejectUnknownMembers(true)); err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, m.validate(run)
}

func (m manifest) validate(run int) error {
	switch {
	case m.Format != format:
		return fmt.Errorf("it has the format %q, this program knows %q: use a newer tocsin", m.Format, format)
	case m.Run != run:
		return fmt.Errorf("%w: it says that it is run %d", ErrDamaged, m.Run)
	case m.KeyBytes < 0 || len(m.Keys) > 0 && m.KeyBytes == 0:
		return fmt.Errorf("%w: it names keys of %d bytes", ErrDamaged, m.KeyBytes)
	}
	for i, p := range m.Segments {
		if p.Name != segmentName(run, i+1, p.encrypted()) || p.Bytes < 0 {
			return fmt.Errorf("%w: it has no segment %q", ErrDamaged, p.Name)
		}
	}
	for _, b := range m.Keys {
		if b.Name != blockName(run, b.Block, b.encrypted()) || b.Block < 0 || int64(b.Block)*blockBytes >= m.KeyBytes || b.Bytes < 0 {
			return fmt.Errorf("%w: it has no block of keys %q", ErrDamaged, b.Name)
		}
	}
	return nil
}
