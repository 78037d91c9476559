package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/internal/translog"
)

const fingerprintPrefix = "sha256:"

// Fingerprint is "sha256:" and the hexadecimal SHA-256 of a key's text. Of a
// fingerprint it is that itself.
func (k Key) Fingerprint() Key {
	if k.IsFingerprint() {
		return k
	}
	sum := sha256.Sum256([]byte(k))
	return Key(fingerprintPrefix + hex.EncodeToString(sum[:]))
}

// IsFingerprint says whether the key is only named by its fingerprint.
func (k Key) IsFingerprint() bool { return strings.HasPrefix(string(k), fingerprintPrefix) }

// material is a verifier key without its name, under which it could stand there
// again. Of a fingerprint it is that itself.
func (k Key) material() Key {
	if k.IsFingerprint() {
		return k
	}
	_, hashed, _ := strings.Cut(string(k), "+")
	_, material, _ := strings.Cut(hashed, "+")
	return Key(material)
}

// key reads a key, or its fingerprint where that may stand.
func (p *parser) key(word string, check func(string) error) (Key, error) {
	digits, named := strings.CutPrefix(word, fingerprintPrefix)
	if !named {
		return Key(word), check(word)
	}
	if !p.fingerprints {
		return "", fmt.Errorf("key %s: the key itself has to stand here, not its fingerprint", quote(word))
	}
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != digits {
		return "", fmt.Errorf("fingerprint %s is not %q and 64 hexadecimal digits in lower case", quote(word), fingerprintPrefix)
	}
	return Key(word), nil
}

func checkLogKey(vkey string) error {
	_, err := translog.NewLogVerifier(vkey)
	return err
}

func checkWitnessKey(vkey string) error {
	_, err := translog.NewWitnessVerifier(vkey)
	return err
}

func checkVoterKey(key string) error {
	_, err := signature.ParsePublic(key)
	return err
}

// check holds the rules on keys: they are of one log, and none is there twice.
// Of a key that only its fingerprint names, what can be known is.
func (f File) check() error {
	if len(f.Logs) == 0 {
		return errors.New("there is no log line: whose checkpoints are to be believed?")
	}
	origin := ""
	logs := make(map[Key]bool, len(f.Logs))
	for _, k := range f.Logs {
		if name, _, whole := strings.Cut(string(k), "+"); whole && !k.IsFingerprint() {
			if origin != "" && name != origin {
				return fmt.Errorf("the log keys are of two logs, %q and %q", origin, name)
			}
			origin = name
		}
		if logs[k.Fingerprint()] {
			return fmt.Errorf("log key %s stands there twice", k)
		}
		logs[k.Fingerprint()] = true
	}
	witnesses := make(map[Key]string, len(f.Witnesses))
	for _, w := range f.Witnesses {
		if first, twice := witnesses[w.Key.material()]; twice {
			return fmt.Errorf("witnesses %q and %q have one key: it would count twice", first, w.Name)
		}
		witnesses[w.Key.material()] = w.Name
	}
	voters := make(map[Key]access.PartnerID, len(f.Voters))
	for _, v := range f.Voters {
		switch first, has := voters[v.Key.Fingerprint()]; {
		case has && first == v.Partner:
			return fmt.Errorf("voter key %s of %s stands there twice", v.Key, v.Partner)
		case has:
			return fmt.Errorf("voter key %s stands for two partners, %s and %s", v.Key, first, v.Partner)
		}
		voters[v.Key.Fingerprint()] = v.Partner
	}
	return nil
}

// named is what a fingerprint is looked up by: the words before the key, too.
type named struct {
	word    string // log, witness or voter
	name    string // of the witness
	partner access.PartnerID
	key     Key
}

// Resolve puts keys in place of fingerprints: those of the lines of own, a
// dossier's keys.txt, that begin with the same words. A fingerprint that none of
// them has is an error, for then the file names a key that is not there.
func (f File) Resolve(own File) (File, error) {
	keys := make(map[named]Key, len(own.Logs)+len(own.Witnesses)+len(own.Voters))
	for _, k := range own.Logs {
		keys[named{word: "log", key: k.Fingerprint()}] = k
	}
	for _, w := range own.Witnesses {
		keys[named{word: "witness", name: w.Name, key: w.Key.Fingerprint()}] = w.Key
	}
	for _, v := range own.Voters {
		keys[named{word: "voter", partner: v.Partner, key: v.Key.Fingerprint()}] = v.Key
	}
	find := func(line string, as named) (Key, error) {
		if !as.key.IsFingerprint() {
			return as.key, nil
		}
		k, ok := keys[as]
		if !ok || k.IsFingerprint() {
			return "", fmt.Errorf("resolve fingerprints: the dossier's keys.txt has no line %q with a key of the fingerprint %s", line, as.key)
		}
		return k, nil
	}
	resolved := File{Groups: f.Groups, Quorum: f.Quorum}
	for _, k := range f.Logs {
		k, err := find("log", named{word: "log", key: k})
		if err != nil {
			return File{}, err
		}
		resolved.Logs = append(resolved.Logs, k)
	}
	for _, w := range f.Witnesses {
		k, err := find("witness "+w.Name, named{word: "witness", name: w.Name, key: w.Key})
		if err != nil {
			return File{}, err
		}
		resolved.Witnesses = append(resolved.Witnesses, Witness{w.Name, k})
	}
	for _, v := range f.Voters {
		k, err := find("voter "+string(v.Partner), named{word: "voter", partner: v.Partner, key: v.Key})
		if err != nil {
			return File{}, err
		}
		resolved.Voters = append(resolved.Voters, Voter{v.Partner, k})
	}
	if err := resolved.check(); err != nil {
		return File{}, fmt.Errorf("resolve fingerprints: %w", err)
	}
	return resolved, nil
}
