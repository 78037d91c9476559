package hub

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// secretsFile is where they are in the data directory.
const secretsFile = "secrets.json"

// secrets are the hub's own keys. They are not on the ledger: whoever holds a
// copy of the ledger must not be able to act as the hub.
type secrets struct {
	Stream        []byte      `json:"stream"`                 // 32 bytes: encrypts the change stream's cursors
	TSIG          string      `json:"tsig"`                   // base64: the key of DNS zone transfers
	Collection    string      `json:"collection"`             // UUIDv4: the TAXII collection of this hub; no secret, but its own as well
	Administrator ledger.Hash `json:"administrator,omitzero"` // SHA-256 of a token that older hubs made up at their first start
}

// contributionKey goes into the ids of contributions.
func (s secrets) contributionKey() []byte {
	key := s.derive("tocsin contribution id")
	return key[:]
}

// derive derives one of the hub's keys from its secrets.
func (s secrets) derive(purpose string) [32]byte {
	key, err := hkdf.Expand(sha256.New, s.Stream, purpose, 32)
	if err != nil {
		panic("derive a key: " + err.Error()) // only for longer keys than HKDF can give
	}
	return [32]byte(key)
}

// hub is the id by which other hubs know this one.
func (s secrets) hub() string {
	return "hub--" + uuid.NewSHA1(hubIDs, []byte(s.Collection)).String()
}

// hubIDs is the name space of hubs' ids: that of the DNS applied to "hub.tocsin.example".
var hubIDs = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("hub.tocsin.example"))

// ContributionKey is what a hub with this data directory puts into the ids of
// contributions; a new directory gets its keys.
func ContributionKey(dir string) ([]byte, error) {
	s, err := loadSecrets(dir)
	if err != nil {
		return nil, err
	}
	return s.contributionKey(), nil
}

// loadSecrets reads the hub's keys, or makes them on the first start.
func loadSecrets(dir string) (s secrets, err error) {
	path := filepath.Join(dir, secretsFile)
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &s); err != nil {
			return s, fmt.Errorf("read %s: %w; restore it from a backup", path, err)
		}
		if len(s.Stream) != 32 || s.TSIG == "" || s.Collection == "" {
			return s, fmt.Errorf("read %s: a key is missing; restore it from a backup", path)
		}
		return s, nil
	case errors.Is(err, fs.ErrNotExist):
		s.Stream = random(32)
		s.TSIG = base64.StdEncoding.EncodeToString(random(32))
		s.Collection = uuid.NewString()
	default:
		return s, err
	}
	if text, err = json.Marshal(s, jsontext.Multiline(true)); err != nil {
		return s, err
	}
	return s, atomicfile.Write(path, text, 0o600)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return b
}
