package edge

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// memory is where an edge remembers across a restart how far it is, so that
// it goes on without asking and telling anything twice, and without the hub.
type memory struct{ dir string }

type remembered struct {
	Partner     access.Partner             `json:"partner"`
	Position    stream.Mark                `json:"position"`
	Protections []protect.Protection       `json:"protections"` // decided by then and not ended
	Told        map[string]map[string]word `json:"told"`        // by outlet and protection: what the hub has acknowledged
}

const memoryFile = "edge.json"

// stateMode lets engines of other users through to the lists below the state
// directory; what the edge keeps for itself is closed to them.
const stateMode = 0o711

func (m memory) load() (remembered, error) {
	var kept remembered
	if m.dir == "" {
		return kept, nil
	}
	path := filepath.Join(m.dir, memoryFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		return kept, fmt.Errorf("read the edge's memory: %w; remove %s to start anew", err, path)
	}
	return kept, nil
}

func (m memory) save(kept remembered) error {
	if m.dir == "" {
		return nil
	}
	err := os.MkdirAll(m.dir, stateMode)
	if err == nil {
		err = replaceFiles(m.dir, content{memoryFile, 0o600, func(w io.Writer) error { return json.MarshalWrite(w, kept) }})
	}
	if err != nil {
		return fmt.Errorf("save the edge's memory: %w", err)
	}
	return nil
}
