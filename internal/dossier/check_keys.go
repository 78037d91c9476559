package dossier

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/trust"
)

// checkKeys reads the dossier's own keys and those that the reader trusts.
func (v *verifier) checkKeys() (string, error) {
	text, err := v.file(fileKeys)
	if err != nil {
		return "", err
	}
	own, err := trust.Parse(text, false)
	if err != nil {
		return "", fmt.Errorf("%s: %w", fileKeys, err)
	}
	v.own = &own
	if v.options.Trust == nil {
		v.trusted = v.own
		return "no trust file is given: the dossier's own keys serve, which anybody can make", nil
	}
	trusted, err := trust.Parse(v.options.Trust, true)
	if err != nil {
		return "", fmt.Errorf("the trust file: %w", err)
	}
	if trusted, err = trusted.Resolve(own); err != nil {
		return "", fmt.Errorf("the trust file: %w", err)
	}
	v.trusted = &trusted
	return fmt.Sprintf("trusted: %s of the log, %s, %s", count(len(trusted.Logs), "key"),
		count(len(trusted.Witnesses), "witness"), count(len(trusted.Voters), "key")+" of voters"), nil
}
