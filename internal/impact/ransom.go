package impact

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// What a ransom report tells.
type What string

// Demanded is what a victim's note asks for; Paid what an exchange or an analyst saw
// come in.
const (
	Demanded What = "demanded"
	Paid     What = "paid"
)

// Bitcoin is the asset whose addresses are checked; it is taken where none is named.
const Bitcoin = "bitcoin"

// Ransom is what a reporter says of an address. Its newest of the same outbreak,
// address, what and currency replaces the one before.
type Ransom struct {
	Outbreak string `json:"outbreak,omitempty"`
	Asset    string `json:"asset,omitempty"` // Bitcoin, or another one's name in small letters
	Address  string `json:"address"`         // of Bitcoin with its checksum; of others as text
	What     What   `json:"what"`
	Amount   string `json:"amount"`   // decimal, such as "300" or "0.1781"
	Currency string `json:"currency"` // two to ten capitals or digits, such as USD or BTC
	Payments int64  `json:"payments,omitempty"`
	// AsOf is the moment that what was paid was counted up to, as the reporter says.
	AsOf time.Time `json:"as_of,omitzero"`
	Note string    `json:"note,omitempty"`
}

// Bounds of what one report on ransom says.
const (
	maxAddress = 128 // characters
	maxDigits  = 18  // before, and behind the point
)

// NewRansom is the draft of a report on ransom for an audience, default TLP:GREEN.
// That its recipients are partners is for the caller to check.
func (s *State) NewRansom(by access.Principal, r Ransom, to access.Audience, now time.Time) (ledger.Draft, error) {
	if err := by.CheckPartner("report ransom", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	r, err := r.normal(now)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("report ransom: %w", err)
	}
	s.mu.RLock()
	full := s.ransom.full(r.key(by.Partner))
	s.mu.RUnlock()
	if full {
		return ledger.Draft{}, fmt.Errorf("report ransom: %w: your partner has reported on %d, which is the most", access.ErrConflict, maxRansoms)
	}
	if to.TLP == "" {
		to.TLP = access.Green
	}
	if to.Community == "" {
		to.Community = access.DefaultCommunity
	}
	return ledger.NewDraft(KindRansom, by.Actor(), to.String(), r)
}

// normal is the report with its defaults, or what is wrong with it.
func (r Ransom) normal(now time.Time) (Ransom, error) {
	if r.Asset == "" {
		r.Asset = Bitcoin
	}
	var err error
	if r.Address, err = CheckAddress(r.Asset, r.Address); err != nil {
		return r, err
	}
	if _, err := parseAmount(r.Amount); err != nil {
		return r, err
	}
	switch {
	case len(r.Outbreak) > 128:
		return r, fmt.Errorf("%w: outbreak: give the id of the incident", access.ErrInvalid)
	case r.What != Demanded && r.What != Paid:
		return r, fmt.Errorf("%w: what is %q: use %s or %s", access.ErrInvalid, r.What, Demanded, Paid)
	case len(r.Currency) < 2 || len(r.Currency) > 10 || strings.Trim(r.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "":
		return r, fmt.Errorf("%w: currency %q: use 2 to 10 capitals or digits, such as USD or BTC", access.ErrInvalid, r.Currency)
	case r.Payments < 0 || r.Payments > maxCount:
		return r, fmt.Errorf("%w: payments is %d, allowed are 0 to %d", access.ErrInvalid, r.Payments, maxCount)
	case r.What == Demanded && r.Payments != 0:
		return r, fmt.Errorf("%w: payments is given although the ransom is %s: leave it out", access.ErrInvalid, Demanded)
	case r.AsOf.After(now):
		return r, fmt.Errorf("%w: as_of %s is in the future", access.ErrInvalid, r.AsOf.UTC().Format(time.RFC3339))
	}
	return r, access.CheckProse("note", r.Note, maxNote, false)
}

// CheckAddress is an address in its usual spelling. Of Bitcoin it has to have its
// checksum (base58check, or bech32 and bech32m: BIP 173 and BIP 350) and to be one of
// the main network: one with a wrong digit names nobody, or somebody else. Of other
// assets it is plain text.
func CheckAddress(asset, address string) (string, error) {
	if n := len(asset); n < 2 || n > 32 || strings.Trim(asset, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", fmt.Errorf("%w: asset %q: use 2 to 32 small letters, digits and '-', such as %s or monero", access.ErrInvalid, asset, Bitcoin)
	}
	if err := access.CheckText("address", address, maxAddress); err != nil {
		return "", err
	}
	if asset != Bitcoin {
		return address, nil
	}
	v, err := observable.New(observable.Wallet, address)
	if err != nil {
		return "", fmt.Errorf("%w: address: %w", access.ErrInvalid, err)
	}
	// What is left are other assets' with checksums of their own: Litecoin's, Ethereum's.
	if v.Text[0] != '1' && v.Text[0] != '3' && !strings.HasPrefix(v.Text, "bc1") {
		return "", fmt.Errorf("%w: address %q is none of Bitcoin: name its asset", access.ErrInvalid, address)
	}
	return v.Text, nil
}

// parseAmount reads a decimal number, zero or more.
func parseAmount(text string) (*big.Rat, error) {
	whole, fraction, point := strings.Cut(text, ".")
	digits := strings.Trim(whole+fraction, "0123456789") == ""
	if !digits || whole == "" || point && fraction == "" || len(whole) > maxDigits || len(fraction) > maxDigits {
		return nil, fmt.Errorf("%w: amount %q: use a decimal number such as 300 or 0.1781, of at most %d digits before and behind the point", access.ErrInvalid, text, maxDigits)
	}
	amount, _ := new(big.Rat).SetString(text)
	return amount, nil
}
