package edge

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// memory is what an edge remembers across a restart. It is saved only after
// the hub has the receipts: what was not confirmed is read and applied again.
type memory struct{ dir string }

type remembered struct {
	Position    stream.Mark          `json:"position"`
	Protections []protect.Protection `json:"protections"`
}

func (m memory) path() string { return filepath.Join(m.dir, "edge.json") }

func (m memory) load() (remembered, error) {
	var kept remembered
	if m.dir == "" {
		return kept, nil
	}
	text, err := os.ReadFile(m.path())
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		return kept, fmt.Errorf("read the edge's memory: %w; remove %s to start anew", err, m.path())
	}
	return kept, nil
}

func (m memory) save(at stream.Mark, protections []protect.Protection) error {
	if m.dir == "" {
		return nil
	}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return fmt.Errorf("save the edge's memory: %w", err)
	}
	err := replaceFile(m.path(), func(w io.Writer) error {
		return json.MarshalWrite(w, remembered{Position: at, Protections: protections})
	})
	if err != nil {
		return fmt.Errorf("save the edge's memory: %w", err)
	}
	return nil
}
