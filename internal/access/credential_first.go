package access

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// FirstCredential is SetCredential for somebody whose own entry is appended
// together with it, so that the directory does not know the person yet.
func FirstCredential(p Person, c Credential) (Credential, ledger.Draft, error) {
	c.ID, c.Person = "credential--"+uuid.NewString(), p.ID
	if err := c.validate(); err != nil {
		return Credential{}, ledger.Draft{}, fmt.Errorf("set credential: %w", err)
	}
	drafted, err := draft(KindPersonCredential, Audience{}, c)
	return c, drafted, err
}
