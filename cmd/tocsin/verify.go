package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tocsin-project/tocsin/internal/dossier"
)

type verifyCommand struct {
	Dossier        string   `arg:"" help:"The dossier; \"-\" is standard input." placeholder:"DOSSIER"`
	Trust          string   `help:"Trust file: keys of the log, of witnesses and of voters, or their fingerprints, that came from elsewhere." placeholder:"KEYS"`
	SelfConsistent bool     `help:"Be content, without a trust file, with a dossier that is consistent in itself."`
	Checkpoint     string   `help:"Another checkpoint of the same log, to be compared." placeholder:"FILE"`
	File           []string `help:"A file that an item of evidence or a method has to name by its digest; again for more." placeholder:"F" sep:"none"`
	JSON           bool     `name:"json" help:"Print the report as JSON."`
}

var errNobodyTrusted = errors.New("the dossier is consistent in itself, and anybody can make such a one: give --trust a file with keys that came from elsewhere, or say --self-consistent if that is all you want to know")

func (c *verifyCommand) Run(env *environment) error {
	data, options, err := c.read(env)
	if err != nil {
		return usageError{err} // 1 is kept for dossiers that do not hold
	}
	report := dossier.Verify(data, options)
	if c.JSON {
		err = env.printJSON(report)
	} else {
		err = printReport(env, report)
	}
	switch {
	case err != nil:
		return err
	case report.Verdict == dossier.Rejected:
		return fmt.Errorf("the dossier is rejected: %s", visible(firstFailure(report)))
	case report.Verdict == dossier.SelfConsistent && !c.SelfConsistent:
		return errNobodyTrusted
	}
	return nil
}

func firstFailure(r dossier.Report) string {
	for _, check := range r.Checks {
		if !check.OK {
			return check.Name + ": " + check.Detail
		}
	}
	return ""
}

// maxSmall is more than any trust file or checkpoint may have, in bytes.
const maxSmall = 2 << 20

// read reads everything that the report depends on.
func (c *verifyCommand) read(env *environment) (data []byte, o dossier.Options, err error) {
	// The container's own headers and names take less than a megabyte.
	if data, err = readAtMost(env, c.Dossier, dossier.MaxSize+1<<20); err != nil {
		return nil, o, fmt.Errorf("read dossier: %w", err)
	}
	if c.Trust != "" {
		if o.Trust, err = readAtMost(env, c.Trust, maxSmall); err != nil {
			return nil, o, fmt.Errorf("read trust file: %w", err)
		}
	}
	if c.Checkpoint != "" {
		if o.Checkpoint, err = readAtMost(env, c.Checkpoint, maxSmall); err != nil {
			return nil, o, fmt.Errorf("read checkpoint: %w", err)
		}
	}
	for _, path := range c.File {
		digest, err := digestFile(path)
		if err != nil {
			return nil, o, fmt.Errorf("read file: %w", err)
		}
		o.Files = append(o.Files, digest)
	}
	return data, o, nil
}

// readAtMost reads a file, or standard input, up to one byte more than the
// limit: what is longer is then found to be so. The result is never nil.
func readAtMost(env *environment, path string, limit int64) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(env.Stdin, limit+1))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return io.ReadAll(io.LimitReader(f, limit+1))
}

func digestFile(path string) (digest [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return digest, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return digest, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
