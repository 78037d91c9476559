package attribution

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Deposit is sealed evidence as the hub keeps it: an age file that only those
// it is encrypted to can read. It is no record: it never becomes public.
type Deposit struct {
	Case       CaseID     `json:"case"`
	Evidence   EvidenceID `json:"evidence"`
	Ciphertext string     `json:"ciphertext"` // base64 of an age file
}

const (
	maxCiphertext = 700_000 // bytes of base64: an entry of the ledger holds no more beside the rest
	maxDeposits   = 16      // for one item
	ageIntro      = "age-encryption.org/v1\n"
)

// Sealed is where a deposit is. Its ciphertext stays on the ledger: ReadDeposit
// of the entry Seq.
type Sealed struct {
	Evidence EvidenceID       `json:"evidence"`
	By       access.PartnerID `json:"by"`
	At       time.Time        `json:"at"`
	Seq      ledger.Seq       `json:"seq"`
	Size     int              `json:"size"` // bytes of the age file
	audience access.Audience
}

// Deposit is the draft that keeps the ciphertext of an item that the same
// partner filed under a seal, for the partners that it is encrypted to: they
// and the partner itself are who is ever handed it. A contributor may deposit.
func (s *State) Deposit(by access.Principal, d Deposit, to []access.PartnerID) (ledger.Draft, error) {
	const what = "deposit sealed evidence"
	if err := by.CheckPartner(what, access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(by, d.Case)
	if err == nil {
		_, err = f.deposit(by.Partner, d)
	}
	if err == nil && len(to) > maxLinks {
		err = fmt.Errorf("%w: %d recipients are named, at most %d are allowed", access.ErrInvalid, len(to), maxLinks)
	}
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	return newDraft(KindSealed, by, access.Audience{TLP: access.Red, Community: f.audience.Community, Recipients: to}, d)
}

// deposit says why the case would not take a deposit, or its size.
func (f *file) deposit(by access.PartnerID, d Deposit) (size int, err error) {
	item, err := f.item(d.Evidence)
	switch {
	case err != nil:
		return 0, err
	case item.By != by:
		return 0, fmt.Errorf("%w: %s was filed by another partner", access.ErrForbidden, d.Evidence)
	case item.Seal == "":
		return 0, fmt.Errorf("%w: %s has no seal: file what is hidden under one", access.ErrInvalid, d.Evidence)
	case len(f.deposits[d.Evidence]) >= maxDeposits:
		return 0, fmt.Errorf("%w: %s has %d deposits, which is the most", access.ErrConflict, d.Evidence, maxDeposits)
	}
	text, err := d.age()
	return len(text), err
}

// age is the age file.
func (d Deposit) age() ([]byte, error) {
	if n := len(d.Ciphertext); n > maxCiphertext {
		return nil, fmt.Errorf("%w: ciphertext has %d bytes of base64, at most %d are taken: seal a digest of what is larger, and keep it yourself", access.ErrInvalid, n, maxCiphertext)
	}
	text, err := base64.StdEncoding.DecodeString(d.Ciphertext)
	if err != nil || !bytes.HasPrefix(text, []byte(ageIntro)) {
		return nil, fmt.Errorf("%w: ciphertext is not base64 of an age file (\"age-encryption.org/v1\")", access.ErrInvalid)
	}
	return text, nil
}

func readDeposit(e ledger.Entry) (d Deposit, err error) {
	if err := json.Unmarshal(e.Body, &d, json.RejectUnknownMembers(true)); err != nil {
		return d, fmt.Errorf("%w: read %s: %w", access.ErrInvalid, e.Kind, err)
	}
	return d, nil
}

// ReadDeposit is the age file in the ledger's entry of a deposit.
func ReadDeposit(e ledger.Entry) ([]byte, error) {
	if e.Kind != KindSealed {
		return nil, fmt.Errorf("%w: entry %d is of kind %s, not %s", access.ErrInvalid, e.Seq, e.Kind, KindSealed)
	}
	d, err := readDeposit(e)
	if err != nil {
		return nil, err
	}
	return d.age()
}

// applySealed keeps where a deposit is, unless it is void.
func (s *State) applySealed(e ledger.Entry) {
	d, err := readDeposit(e)
	f := s.cases[d.Case]
	if err != nil || f == nil {
		return
	}
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return
	}
	by := access.PartnerID(e.Actor)
	size, err := f.deposit(by, d)
	if err != nil {
		return
	}
	f.deposits[d.Evidence] = append(f.deposits[d.Evidence], Sealed{d.Evidence, by, e.Time, e.Seq, size, audience})
}

// Sealed lists the deposits of an item that the principal may be handed, the
// oldest first; the case has to be one that it may see.
func (s *State) Sealed(who access.Principal, id CaseID, evidence EvidenceID) ([]Sealed, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(who, id)
	if err == nil {
		_, err = f.item(evidence)
	}
	if err != nil {
		return nil, fmt.Errorf("deposits: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(f.deposits[evidence]), func(d Sealed) bool { return !who.MaySee(d.By, d.audience) }), nil
}
