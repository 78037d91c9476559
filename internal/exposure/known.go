package exposure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/tabular"
	"github.com/tocsin-project/tocsin/stix"
)

const (
	maxKnown     = 20_000 // CISA's catalog had about 1,500 in 2025
	maxKnownText = 200    // characters
)

// Known is what CISA's catalog of known exploited vulnerabilities says of one. Dates
// are days: 2022-02-10.
type Known struct {
	Vulnerability string `json:"vulnerability"`
	Vendor        string `json:"vendor,omitzero"`
	Product       string `json:"product,omitzero"`
	Name          string `json:"name,omitzero"`
	Added         string `json:"added" doc:"when it was listed"`
	Due           string `json:"due,omitzero" doc:"until when agencies of the United States have to remedy it"`
	Ransomware    bool   `json:"ransomware,omitzero" doc:"ransomware is known to use it"`
}

// Catalog is the body of an entry: the known exploited vulnerabilities, in place of
// those before, or if it is continued, beside those of the entry before.
type Catalog struct {
	Continued bool    `json:"continued,omitempty"`
	Entries   []Known `json:"entries"`
}

// ReadKEV reads the catalog as CISA publishes it (known_exploited_vulnerabilities.json).
// What is wrong with one of its entries refuses all: ErrInvalid, with its place.
func ReadKEV(ctx context.Context, text io.Reader) ([]Known, error) {
	var list []Known
	err := tabular.ReadKEV(ctx, text, func(o stix.Object) error {
		if o.Problem != nil {
			return o.Problem
		}
		if len(list) >= maxKnown {
			return fmt.Errorf("there are more than %d entries: is it the catalog?", maxKnown)
		}
		k, err := knownOf(o)
		list = append(list, k)
		return err
	})
	var misread *stix.Error
	switch {
	case errors.As(err, &misread) && misread.Line > 0:
		return nil, fmt.Errorf("%w: line %d: %w", access.ErrInvalid, misread.Line, err)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	case len(list) == 0:
		return nil, fmt.Errorf("%w: the catalog has no entries", access.ErrInvalid)
	}
	return list, nil
}

// knownOf reads what package tabular made of an entry.
func knownOf(o stix.Object) (Known, error) {
	var v struct {
		Name        string    `json:"name"`
		Description string    `json:"description"`
		Labels      []string  `json:"labels"`
		Created     time.Time `json:"created"`
		Vendor      string    `json:"x_kev_vendor"`
		Product     string    `json:"x_kev_product"`
		Due         string    `json:"x_kev_due_date"`
	}
	if err := json.Unmarshal(o.Raw, &v); err != nil {
		return Known{}, err
	}
	title, _, _ := strings.Cut(v.Description, "\n")
	k := Known{
		Vulnerability: v.Name, Vendor: short(v.Vendor), Product: short(v.Product), Name: short(title),
		Added: v.Created.Format(time.DateOnly), Due: v.Due, Ransomware: slices.Contains(v.Labels, "ransomware"),
	}
	if err := k.check(); err != nil {
		return k, &stix.Error{Line: o.Line, Rule: tabular.RuleRow, Message: err.Error()}
	}
	return k, nil
}

func (k Known) check() error {
	if _, err := named(k.Vulnerability); err != nil {
		return err
	}
	for _, day := range []string{k.Added, k.Due} {
		if _, err := time.Parse(time.DateOnly, day); err != nil && day != "" {
			return fmt.Errorf("%w: %s: %.40q is no date such as 2022-02-10", access.ErrInvalid, k.Vulnerability, day)
		}
	}
	return nil
}

// short is a text of another's on one line, cut to what a page has room for.
func short(text string) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(c rune) bool { return !unicode.IsGraphic(c) || unicode.IsSpace(c) })
	letters := []rune(strings.Join(words, " "))
	return string(letters[:min(len(letters), maxKnownText)])
}

// Catalog drafts the entries that put a catalog in the place of the one before, to be
// appended together.
func (s *State) Catalog(who access.Principal, list []Known) ([]ledger.Draft, error) {
	if !who.AtLeast(access.Coordinator) {
		return nil, fmt.Errorf("list known exploited vulnerabilities: %w: role %s is needed, the token has %q", access.ErrForbidden, access.Coordinator, who.Role)
	}
	if len(list) == 0 || len(list) > maxKnown {
		return nil, fmt.Errorf("list known exploited vulnerabilities: %w: %d entries, allowed are 1 to %d", access.ErrInvalid, len(list), maxKnown)
	}
	return drafts(KindKnown, who.Actor(), access.ToCommunity(access.Green).String(), `{"entries":[`, `{"continued":true,"entries":[`, list)
}

func (s *State) listed(_ ledger.Entry, c Catalog) {
	if !c.Continued {
		for name := range s.known {
			number := s.numbers[name]
			s.vulns[number].known = false
			s.rank(number)
			s.forget(number)
		}
		clear(s.known)
	}
	for _, k := range c.Entries {
		name, err := named(k.Vulnerability)
		if err != nil || k.check() != nil || len(s.known) >= maxKnown {
			continue
		}
		k.Vulnerability = name
		k.Vendor, k.Product, k.Name = short(k.Vendor), short(k.Product), short(k.Name)
		s.known[name] = k
		number := s.number(name)
		s.vulns[number].known = true
		s.rank(number)
	}
}

// Exploited is what the catalog says of a vulnerability; false: nothing.
func (s *State) Exploited(name string) (Known, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k, listed := s.known[strings.ToUpper(name)]
	return k, listed
}
