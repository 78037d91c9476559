package deliver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// keepFiles is how many bundles stay in a channel's directory: each holds all that is
// open when it is made, so that the last one does.
const keepFiles = 20

// files writes a signed bundle for each delivery, as dir/PARTNER/TARGET/TIME-KEY.json.
// A delivery that is repeated has the same name.
type files struct {
	dir    string
	bundle func(access.PartnerID, time.Time) (*Envelope, error)
	clock  func() time.Time
}

var (
	fileName = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9-]{1,100}\.json$`)
	// directory is the word that a channel names one with.
	directory = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	partner   = regexp.MustCompile(`^identity--[0-9a-f-]{36}$`)
)

func (f files) send(_ context.Context, p Parcel) error {
	name := p.At.UTC().Format("20060102T150405Z") + "-" + p.Key + ".json"
	if !fileName.MatchString(name) || !partner.MatchString(string(p.Partner)) || !directory.MatchString(p.Target) {
		return unsendable(nil, "its name cannot be that of a file")
	}
	sealed, err := f.bundle(p.Partner, f.clock())
	if err != nil {
		return failed(err, "the bundle could not be made")
	}
	text, err := json.Marshal(sealed)
	if err != nil {
		return failed(err, "the bundle could not be made")
	}
	dir := filepath.Join(f.dir, string(p.Partner), p.Target)
	if err := f.write(dir, name, text); err != nil {
		return failed(err, "the bundle could not be written")
	}
	return nil
}

func (f files) write(dir, name string, text []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(dir, name), text, 0o600); err != nil {
		return err
	}
	there, err := os.ReadDir(dir) // by name, hence by time
	if err != nil {
		return err
	}
	there = slices.DeleteFunc(there, func(e os.DirEntry) bool { return !fileName.MatchString(e.Name()) })
	var errs []error
	for _, old := range there[:max(len(there)-keepFiles, 0)] {
		errs = append(errs, os.Remove(filepath.Join(dir, old.Name())))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove what is out of date: %w", err)
	}
	return nil
}
