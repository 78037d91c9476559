package translog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// maxKeys is how many keys a log may sign with at a time: a rotation needs two.
const maxKeys = 8

// signingKey is one of a log's keys.
type signingKey struct {
	skey, vkey string
	signer     note.Signer
	verifier   note.Verifier
}

func newSigningKey(skey string) (signingKey, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return signingKey{}, fmt.Errorf("signing key: %w", err)
	}
	vkey, err := VerifierKey(skey)
	if err != nil {
		return signingKey{}, err
	}
	verifier, err := NewLogVerifier(vkey)
	if err != nil {
		return signingKey{}, err
	}
	return signingKey{skey, vkey, signer, verifier}, nil
}

// keyChange is a change of keys that was begun: its leaf is, or will be, the
// entry at index.
type keyChange struct {
	act   string // actAdd or actRevoke
	index int64
	key   signingKey
}

const (
	actAdd    = "add"
	actRevoke = "revoke"
)

// leaf is the entry of the log that says so (docs/dossier.md, "The log").
func (c keyChange) leaf() []byte {
	return fmt.Appendf(nil, "tocsin-log-key/v1\n%s %s\n", c.act, c.key.vkey)
}

// keyring is what a key file holds: a line for each key, its skey; and, while a
// change is under way, one more: "add INDEX SKEY" or "revoke INDEX SKEY". A key
// that is being revoked still has its own line.
type keyring struct {
	keys   []signingKey // at least one; all of one origin
	change *keyChange
}

// parseKeyring reads a key file. Errors do not repeat what is secret.
func parseKeyring(text string) (r keyring, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
			continue
		case len(words) == 3 && (words[0] == actAdd || words[0] == actRevoke) && r.change == nil:
			index, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil || index < 0 {
				return keyring{}, fmt.Errorf("line %d: the second word is not an index", n)
			}
			k, err := newSigningKey(words[2])
			if err != nil {
				return keyring{}, fmt.Errorf("line %d: %w", n, err)
			}
			r.change = &keyChange{words[0], index, k}
		case len(words) == 1:
			k, err := newSigningKey(words[0])
			if err != nil {
				return keyring{}, fmt.Errorf("line %d: %w", n, err)
			}
			r.keys = append(r.keys, k)
		default:
			return keyring{}, fmt.Errorf("line %d: it is neither a signing key nor the only change of keys under way", n)
		}
	}
	return r, r.validate()
}

func (r keyring) validate() error {
	if len(r.keys) == 0 {
		return errors.New("there is no signing key")
	}
	all := r.keys
	if r.change != nil {
		held := slices.ContainsFunc(r.keys, func(k signingKey) bool { return k.vkey == r.change.key.vkey })
		if held != (r.change.act == actRevoke) || held && len(r.keys) == 1 {
			return fmt.Errorf("the change under way, to %s %s, does not go with the keys", r.change.act, r.change.key.vkey)
		}
		if !held {
			all = append(slices.Clone(all), r.change.key)
		}
	}
	if len(all) > maxKeys {
		return fmt.Errorf("there are %d signing keys, at most %d are allowed: revoke one first", len(all), maxKeys)
	}
	for i, k := range all {
		if k.signer.Name() != all[0].signer.Name() {
			return fmt.Errorf("the keys are of two logs, %q and %q", all[0].signer.Name(), k.signer.Name())
		}
		if slices.ContainsFunc(all[:i], func(o signingKey) bool { return o.verifier.KeyHash() == k.verifier.KeyHash() }) {
			return fmt.Errorf("the key %s stands there twice", k.vkey)
		}
	}
	return nil
}

func (r keyring) origin() string { return r.keys[0].signer.Name() }

// signing are the keys that sign the checkpoint with the change's leaf, and all
// after it.
func (r keyring) signing() []signingKey {
	switch {
	case r.change == nil:
		return r.keys
	case r.change.act == actAdd:
		return append(slices.Clone(r.keys), r.change.key)
	}
	return slices.DeleteFunc(slices.Clone(r.keys), func(k signingKey) bool { return k.vkey == r.change.key.vkey })
}

// verifiers are of every key that may have signed what is published.
func (r keyring) verifiers() []note.Verifier {
	var vs []note.Verifier
	for _, k := range r.keys {
		vs = append(vs, k.verifier)
	}
	if r.change != nil && r.change.act == actAdd {
		vs = append(vs, r.change.key.verifier)
	}
	return vs
}

func (r keyring) String() string {
	var text strings.Builder
	for _, k := range r.keys {
		text.WriteString(k.skey + "\n")
	}
	if c := r.change; c != nil {
		fmt.Fprintf(&text, "%s %d %s\n", c.act, c.index, c.key.skey)
	}
	return text.String()
}

// MakeKeys makes the file of a log's signing keys, with a key for origin, if there is
// none: for logs of which several machines each sign a copy.
func MakeKeys(path, origin string) error {
	_, err := readKeyring(path, origin)
	return err
}

// readKeyring reads the key file, or makes a key for origin and writes it there,
// readable by its owner only, if there is no such file. Keys for another origin
// are an error: a log does not change its name.
func readKeyring(path, origin string) (keyring, error) {
	raw, err := os.ReadFile(path)
	switch {
	case err == nil:
		r, err := parseKeyring(string(raw))
		if err != nil {
			return keyring{}, fmt.Errorf("read signing keys %s: %w", path, err)
		}
		if r.origin() != origin {
			return keyring{}, fmt.Errorf("read signing keys %s: they belong to the log %q, not to %q", path, r.origin(), origin)
		}
		return r, nil
	case !errors.Is(err, fs.ErrNotExist):
		return keyring{}, fmt.Errorf("read signing keys: %w", err)
	}
	skey, _, err := GenerateKey(origin)
	if err != nil {
		return keyring{}, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return keyring{}, fmt.Errorf("write signing key: %w", err)
	}
	k, err := newSigningKey(skey)
	if err != nil {
		return keyring{}, err
	}
	r := keyring{keys: []signingKey{k}}
	return r, r.write(path)
}

func (r keyring) write(path string) error {
	if err := atomicfile.Write(path, []byte(r.String()), 0o600); err != nil {
		return fmt.Errorf("write signing keys: %w", err)
	}
	return nil
}
