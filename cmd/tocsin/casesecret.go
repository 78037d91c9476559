package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/client"
)

// sealSecret is what opens a seal: whoever loses it can never show what was sealed.
type sealSecret struct {
	Case     attribution.CaseID     `json:"case"`
	Evidence attribution.EvidenceID `json:"evidence"`
	Salt     attribution.Salt       `json:"salt"`
	Digest   string                 `json:"digest"` // of the content
	Seal     string                 `json:"seal"`
}

// vectorSecret is what a commitment to probabilities hides.
type vectorSecret struct {
	Case    attribution.CaseID `json:"case"`
	Partner access.PartnerID   `json:"partner"`
	Round   int                `json:"round"`
	Salt    attribution.Salt   `json:"salt"`
	Vector  attribution.Vector `json:"vector"`
}

// maxSecret is more than either of them may have, in bytes.
const maxSecret = 1 << 20

// keepSecret writes a secret to a file of its own. What is there already is never
// written over: it may be all that opens another seal.
func keepSecret(path string, secret any) error {
	text, err := json.Marshal(secret, jsontext.Multiline(true), json.Deterministic(true))
	if err != nil {
		return err
	}
	if err := writeNew(path, append(text, '\n')); err != nil {
		return fmt.Errorf("keep the secret: %w", err)
	}
	return nil
}

// writeNew writes a new file that only its owner may read, and returns once it is
// on disk. One that cannot be written whole is gone again.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists, and is not written over: name another file", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = atomicfile.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// kept is either of the secrets.
type kept interface {
	sealSecret | vectorSecret
	of() attribution.CaseID
}

func (s sealSecret) of() attribution.CaseID   { return s.Case }
func (s vectorSecret) of() attribution.CaseID { return s.Case }

// readSecret reads what keepSecret has written for the case.
func readSecret[S kept](path, of string) (secret S, err error) {
	f, err := os.Open(path)
	if err != nil {
		return secret, fmt.Errorf("read the secret: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return secret, fmt.Errorf("read the secret: %w", err)
	}
	if err := json.Unmarshal(text, &secret, json.RejectUnknownMembers(true)); err != nil {
		return secret, fmt.Errorf("read the secret: %s is not what this program has kept: %w", path, err)
	}
	if string(secret.of()) != of {
		return secret, fmt.Errorf("read the secret: %s is of %s, not of %s", path, secret.of(), of)
	}
	return secret, nil
}

// refused says that an act was not taken, for sure. Without an answer nobody knows.
func refused(err error) bool {
	var no *client.Problem
	return errors.As(err, &no) && no.Status >= 400 && no.Status < 500 && no.Status != http.StatusRequestTimeout
}

// unkept says what became of a secret that was kept for an act that failed: it is
// thrown away if the act was refused, and otherwise may be needed.
func unkept(path string, err error) error {
	if refused(err) {
		return errors.Join(err, os.Remove(path))
	}
	return fmt.Errorf("%w\nThe hub may have taken it all the same: look with \"tocsin case show\". What is needed then is kept in %s", err, path)
}
