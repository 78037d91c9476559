package witness

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/translog"
)

const keyFile = "witness.key"

// openKey reads the key in dir, or makes one where there is none. The folders are
// made before it, so that a key without them tells of a loss.
func openKey(dir, name string) (*translog.Cosigner, error) {
	path := filepath.Join(dir, keyFile)
	raw, err := os.ReadFile(path)
	switch {
	case err == nil:
		key, err := translog.NewCosigner(strings.TrimSpace(string(raw)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "logs")); err != nil {
			return nil, fmt.Errorf("the witness has lost what it signed, and must not sign with this key again: restore the folder logs, or begin with a new key in another folder: %w", err)
		}
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if name == "" {
		var chance [4]byte
		_, _ = rand.Read(chance[:]) // never fails (package crypto/rand)
		name = "tocsin-witness/" + hex.EncodeToString(chance[:])
	}
	skey, _, err := translog.GenerateWitnessKey(name)
	if err != nil {
		return nil, err
	}
	for _, folder := range []string{"logs", "forks"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, err
		}
	}
	if err := atomicfile.SyncDir(dir); err != nil {
		return nil, err
	}
	if err := atomicfile.Write(path, []byte(skey+"\n"), 0o600); err != nil {
		return nil, err
	}
	return translog.NewCosigner(skey)
}
