package dossier

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// readActs reads the lines of the key acts once; the error is the same each time.
func (v *verifier) readActs() error {
	if v.actsRead {
		return v.actsErr
	}
	v.actsRead = true
	text, err := v.file(fileKeyActs)
	if err != nil {
		v.actsErr = err
		return err
	}
	if v.acts, err = parseActs(text); err != nil {
		v.actsErr = fmt.Errorf("%s: %w", fileKeyActs, err)
	}
	return v.actsErr
}

func parseActs(text []byte) ([]voters.Act, error) {
	lines, err := splitLines(text)
	if err != nil {
		return nil, err
	}
	acts := make([]voters.Act, len(lines))
	for i, line := range lines {
		if acts[i], err = voters.ParseAct(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return acts, nil
}

// checkKeyActs holds the signatures of the acts, and follows them from the keys
// that are trusted.
func (v *verifier) checkKeyActs() (string, error) {
	if err := v.readActs(); err != nil {
		return "", err
	}
	said := make(map[voters.Verb]int)
	for i, a := range v.acts {
		if err := a.Verify(); err != nil {
			return "", fmt.Errorf("%s: line %d: %w", fileKeyActs, i+1, err)
		}
		said[a.Verb]++
	}
	switch {
	case v.places == nil:
		return "", notMade("inclusion")
	case v.trusted == nil:
		return "", notMade("keys")
	}
	logged := make([]voters.Logged, len(v.acts))
	for i, a := range v.acts {
		logged[i] = voters.Logged{Act: a, Index: v.places[i].index}
	}
	trusted := make(map[access.PartnerID][]string)
	for _, voter := range v.trusted.Voters {
		trusted[voter.Partner] = append(trusted[voter.Partner], string(voter.Key))
	}
	v.keyring = voters.Chain(logged, trusted)
	return fmt.Sprintf("%s registered, %d rotated, %d revoked", count(said[voters.Register], "key"), said[voters.Rotate], said[voters.Revoke]), nil
}

// maySign says why the partner's key may not sign what is at an index of the log.
func (v *verifier) maySign(partner access.PartnerID, key string, index int64) error {
	if !v.keyring.May(partner, key, index) {
		return fmt.Errorf("the key %.200s may not sign for it at index %d of the log: it is not trusted, no rotation of a trusted key led to it before, or it had ended", key, index)
	}
	return nil
}
