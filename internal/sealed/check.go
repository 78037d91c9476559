package sealed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Check opens the body of every sealed entry with its key, and names those that do
// not open; one that was erased is sound. It changes nothing, and takes no lock: the
// hub may be running. Damage of the entries themselves is the engine's to find; it
// ends the check as an error.
func Check(ctx context.Context, l ledger.Reader, path string) ([]ledger.Damage, error) {
	found, err := check(ctx, l, path)
	if err != nil {
		return nil, fmt.Errorf("check keys file %s: %w", path, err)
	}
	return found, nil
}

func check(ctx context.Context, l ledger.Reader, path string) (found []ledger.Damage, err error) {
	// A key is on disk before anything is sealed with it, so every number is looked
	// for in the file as it is then.
	k := &Keyring{path: path, slots: math.MaxInt64}
	k.file, err = os.Open(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	if !missing {
		defer k.file.Close() //nolint:errcheck // it was only read
	}
	for e, err := range l.Read(ctx, 0) {
		switch {
		case err != nil:
			return nil, err
		case !isSealed(e.Body):
			continue
		case missing:
			return []ledger.Damage{{Seq: e.Seq, Reason: "it is sealed, and the keys file is missing: nobody can read any sealed entry"}}, nil
		}
		if _, err := k.unseal(ctx, e); errors.Is(err, ledger.ErrCorrupt) {
			found = append(found, ledger.Damage{Seq: e.Seq, Reason: strings.TrimPrefix(err.Error(), ledger.ErrCorrupt.Error()+": ")})
		} else if err != nil {
			return nil, err
		}
	}
	return found, nil
}
