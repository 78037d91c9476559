package translog

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// Cosigned is a checkpoint all of whose signatures have been verified.
type Cosigned struct {
	Checkpoint Checkpoint
	Logs       []string      // the verifier keys of the log that have signed, in the order of their lines
	Witnesses  []Cosignature // in the order of their lines
}

// Cosignature is what a witness has said of a checkpoint.
type Cosignature struct {
	Key string    // its verifier key
	At  time.Time // whole seconds, UTC
}

// signatory is a key that may have signed a checkpoint.
type signatory struct {
	key     verifierKey
	witness bool
}

func signatories(logs, witnesses []string) ([]signatory, error) {
	known := make([]signatory, 0, len(logs)+len(witnesses))
	for _, vkey := range logs {
		k, err := parseVerifierKey(vkey, typeLog)
		if err != nil {
			return nil, err
		}
		known = append(known, signatory{k, false})
	}
	for _, vkey := range witnesses {
		k, err := parseVerifierKey(vkey, typeWitness)
		if err != nil {
			return nil, err
		}
		known = append(known, signatory{k, true})
	}
	return known, nil
}

// OpenCosigned checks a checkpoint of which nothing may be unknown: it is
// written in the one way that docs/dossier.md gives, every signature line is of
// one of the verifier keys and verifies, no key has two, and those of the log,
// at least one, come before those of witnesses. The origin is the name of the
// log's keys that have signed. Whether the witnesses are enough is for a policy.
func OpenCosigned(text []byte, logs, witnesses []string) (Cosigned, error) {
	known, err := signatories(logs, witnesses)
	if err != nil {
		return Cosigned{}, fmt.Errorf("open cosigned checkpoint: %w", err)
	}
	c, err := openCosigned(text, known)
	if err != nil {
		return Cosigned{}, fmt.Errorf("open cosigned checkpoint: %w", err)
	}
	return c, nil
}

func openCosigned(text []byte, known []signatory) (c Cosigned, err error) {
	signed, lines, found := bytes.Cut(text, []byte("\n\n"))
	if !found {
		return Cosigned{}, errors.New("it has no empty line between the text and the signatures")
	}
	signed = append(bytes.Clone(signed), '\n')
	if c.Checkpoint, err = ParseCheckpoint(string(signed)); err != nil {
		return Cosigned{}, err
	}
	if !bytes.HasSuffix(lines, []byte("\n")) {
		return Cosigned{}, errors.New("its last line does not end")
	}
	seen := make(map[string]bool, len(known))
	for line := range bytes.SplitSeq(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n")) {
		by, signature, err := whoSigned(line, signed, known)
		if err != nil {
			return Cosigned{}, err
		}
		vkey := by.key.String()
		switch {
		case seen[vkey]:
			return Cosigned{}, fmt.Errorf("%s has two signature lines", vkey)
		case by.witness:
			seconds, _ := cosignedAt(signature)
			c.Witnesses = append(c.Witnesses, Cosignature{Key: vkey, At: time.Unix(seconds, 0).UTC()})
		case len(c.Witnesses) > 0:
			return Cosigned{}, errors.New("a line of the log follows one of a witness")
		case by.key.name != c.Checkpoint.Origin:
			return Cosigned{}, fmt.Errorf("its origin is %q, and a key of %q has signed it", c.Checkpoint.Origin, by.key.name)
		default:
			c.Logs = append(c.Logs, vkey)
		}
		seen[vkey] = true
	}
	if len(c.Logs) == 0 {
		return Cosigned{}, errors.New("no key of the log has signed it")
	}
	return c, nil
}

// whoSigned finds the known key whose signature over the text a line is. The
// four bytes of a key's hash can be made to collide, so each is tried.
func whoSigned(line, text []byte, known []signatory) (signatory, []byte, error) {
	name, hash, signature, err := readSignatureLine(line)
	if err != nil {
		return signatory{}, nil, err
	}
	named := false
	for _, s := range known {
		if s.key.name != name || s.key.hash != hash {
			continue
		}
		named = true
		if s.witness && (witnessVerifier{s.key}).Verify(text, signature) || !s.witness && (logVerifier{s.key}).Verify(text, signature) {
			return s, signature, nil
		}
	}
	if named {
		return signatory{}, nil, fmt.Errorf("the signature of %s+%08x does not verify", name, hash)
	}
	return signatory{}, nil, fmt.Errorf("the signature of %s+%08x is of no key that is known", name, hash)
}
