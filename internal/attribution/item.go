package attribution

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
)

// ItemStatus is what became of an item of evidence. Nothing is deleted.
type ItemStatus string

// The states of an item. Neither an updated nor a withdrawn one counts in the
// scores, and both stay what they are.
const (
	ItemFiled     ItemStatus = "filed"
	ItemContested ItemStatus = "contested" // somebody says that it is wrong; it counts
	ItemUpdated   ItemStatus = "updated"   // another item replaces it
	ItemWithdrawn ItemStatus = "withdrawn" // by the partner that filed it
)

// Out says whether the item counts no longer.
func (i Filed) Out() bool { return i.Status == ItemUpdated || i.Status == ItemWithdrawn }

// standing says that the item can still be marked or replaced.
func (i Filed) standing() error {
	if i.Out() {
		return fmt.Errorf("%w: %s is %s", access.ErrConflict, i.ID, i.Status)
	}
	return nil
}

func (e Evidence) of() (CaseID, string) { return e.Case, e.Party }

func (e Evidence) as(party string) body {
	e.Party = party
	return e
}

func (e Evidence) check(f *file, by access.PartnerID) error {
	if e.ID == "" {
		return fmt.Errorf("%w: id is missing", access.ErrInvalid)
	}
	if err := e.Validate(); err != nil {
		return err
	}
	if _, has := f.row[e.ID]; has {
		return fmt.Errorf("evidence %s: %w: the case has it", e.ID, access.ErrConflict)
	}
	if e.Replaces != "" {
		old, err := f.item(e.Replaces)
		if err != nil {
			return fmt.Errorf("replaces: %w", err)
		}
		if old.By != by {
			return fmt.Errorf("%w: replaces: %s was filed by another partner: file an item of your own, and mark that one contested", access.ErrForbidden, e.Replaces)
		}
		if err := old.standing(); err != nil {
			return fmt.Errorf("replaces: %w", err)
		}
	}
	if first, has := f.sealed[e.Seal]; has && first != by {
		return fmt.Errorf("%w: seal: another partner has filed it: a copy would be opened with what that one reveals", access.ErrConflict)
	}
	if len(f.Evidence) >= maxItems {
		return full("items of evidence", maxItems)
	}
	return nil
}

func (e Evidence) apply(f *file, at Where) {
	if e.Replaces != "" {
		f.Evidence[f.row[e.Replaces]].Status = ItemUpdated
	}
	if e.Seal != "" {
		f.sealed[e.Seal] = at.By
	}
	f.row[e.ID] = len(f.Evidence)
	f.Evidence = append(f.Evidence, Filed{Evidence: e, Where: at, Status: ItemFiled})
}

// item is an item of the case.
func (f *file) item(id EvidenceID) (*Filed, error) {
	i, has := f.row[id]
	if !has {
		return nil, fmt.Errorf("evidence %.100q: %w in the case", id, access.ErrNotFound)
	}
	return &f.Evidence[i], nil
}

// Mark says that an item is withdrawn, by the partner that filed it, or
// contested, by any.
type Mark struct {
	Case     CaseID     `json:"case"`
	Party    string     `json:"party,omitempty"`
	Evidence EvidenceID `json:"evidence"`
	Status   ItemStatus `json:"status"`
	Reason   string     `json:"reason"`
}

func (m Mark) of() (CaseID, string) { return m.Case, m.Party }

func (m Mark) as(party string) body {
	m.Party = party
	return m
}

func (m Mark) check(f *file, by access.PartnerID) error {
	if m.Status != ItemWithdrawn && m.Status != ItemContested {
		return fmt.Errorf("%w: status %.100q is not withdrawn or contested", access.ErrInvalid, m.Status)
	}
	item, err := f.item(m.Evidence)
	if err != nil {
		return err
	}
	if m.Status == ItemWithdrawn && item.By != by {
		return fmt.Errorf("%w: %s was filed by another partner, which alone can withdraw it: mark it contested", access.ErrForbidden, m.Evidence)
	}
	if err := item.standing(); err != nil {
		return err
	}
	return access.CheckProse("reason", m.Reason, maxText, true)
}

func (m Mark) apply(f *file, at Where) {
	item := &f.Evidence[f.row[m.Evidence]]
	item.Status = m.Status
	if m.Status == ItemWithdrawn {
		item.Withdrawn = at.Record
	}
	f.Marks = append(f.Marks, Marked{m, at})
}

// Unsealing opens the seal of an item: what digest it hid, and the salt to
// check that with.
type Unsealing struct {
	Case     CaseID     `json:"case"`
	Party    string     `json:"party,omitempty"`
	Evidence EvidenceID `json:"evidence"`
	Salt     Salt       `json:"salt"`
	Digest   string     `json:"digest"` // "sha256:" and 64 hexadecimal digits
}

func (u Unsealing) of() (CaseID, string) { return u.Case, u.Party }

func (u Unsealing) as(party string) body {
	u.Party = party
	return u
}

func (u Unsealing) check(f *file, _ access.PartnerID) error {
	item, err := f.item(u.Evidence)
	if err != nil {
		return err
	}
	if item.Seal == "" {
		return fmt.Errorf("%w: %s has no seal to open", access.ErrInvalid, u.Evidence)
	}
	if item.Unsealed > 0 {
		return fmt.Errorf("%w: the seal of %s is open (record %d)", access.ErrConflict, u.Evidence, item.Unsealed)
	}
	digest, err := ParseNamed(u.Digest)
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	if item.Digest != "" && item.Digest != u.Digest {
		return fmt.Errorf("%w: digest %s is not that of %s, %s", access.ErrInvalid, u.Digest, u.Evidence, item.Digest)
	}
	if got := Seal(u.Salt, digest).Named(); got != item.Seal {
		return fmt.Errorf("%w: salt and digest give the seal %s, %s has %s", access.ErrInvalid, got, u.Evidence, item.Seal)
	}
	return nil
}

func (u Unsealing) apply(f *file, at Where) {
	f.Evidence[f.row[u.Evidence]].Unsealed = at.Record
	f.Openings = append(f.Openings, Unsealed{u, at})
}
