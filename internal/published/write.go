package published

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

const (
	pictured      = "wannacry-300k"
	picturedSeeds = 10
)

// Write computes the document and its pictures and writes them: outbreak.md into
// the folder, the pictures into its folder images.
func Write(ctx context.Context, size Size, dir string) error {
	text, _, err := Document(ctx, size)
	if err != nil {
		return err
	}
	s, err := exercise.Find(pictured)
	if err != nil {
		return err
	}
	compared, err := exercise.Compare(ctx, s, seedsTo(picturedSeeds))
	if err != nil {
		return err
	}
	var picture bytes.Buffer
	if err := compared.SVG(&picture); err != nil {
		return fmt.Errorf("draw %s: %w", pictured, err)
	}
	for name, content := range map[string][]byte{
		"outbreak.md": []byte(text),
		filepath.Join("images", "outbreak-sharing.svg"): picture.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil { //nolint:gosec // a document is for all to read
			return fmt.Errorf("write the document: %w", err)
		}
	}
	return nil
}
