package intake

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// Shown is what a submission would become, to be shown before it is sent.
type Shown struct {
	Format    Format     `json:"format"` // as it was found out or said
	Accepted  int        `json:"accepted"`
	Repeated  int        `json:"repeated,omitzero"`
	Kinds     []Kind     `json:"kinds"`     // the most frequent first
	Audiences []Audience `json:"audiences"` // the most frequent first
	// Rejected and Warnings are the first of RejectedCount and WarningCount.
	Rejected      []Rejection `json:"rejected,omitempty"`
	RejectedCount int         `json:"rejected_count"`
	Warnings      []Rejection `json:"warnings,omitempty"`
	WarningCount  int         `json:"warning_count"`
}

// Kind is what some of the objects are: an object's type, and of an indicator
// the kind of value that it names, such as "indicator domain-name".
type Kind struct {
	Kind    string   `json:"kind"`
	Count   int      `json:"count"`
	Samples []string `json:"samples"` // the first few names
}

// Audience is who would be told of some of the objects.
type Audience struct {
	access.Audience
	Count int `json:"count"`
}

const (
	shownSamples    = 5
	shownRejections = 20
	longestSample   = 120 // bytes
)

// Preview reads a submission as Read does and says what would become of it, also
// where something in it would refuse the whole. The error is as Read's.
func Preview(ctx context.Context, r io.Reader, s Submission) (Shown, error) {
	var kinds counts
	var audiences counts
	to := map[string]access.Audience{}
	in, err := read(ctx, r, s, func(h stix.Header, a access.Audience) {
		kinds.count(kindOf(h), sample(h))
		key := a.String()
		audiences.count(key, "")
		to[key] = a
	})
	if err != nil {
		return Shown{}, err
	}
	p := Shown{
		Format: in.s.Format, Accepted: in.accepted, Repeated: in.repeated, Kinds: kinds.sorted(), Audiences: []Audience{},
		Rejected: in.rejected[:min(len(in.rejected), shownRejections)], RejectedCount: len(in.rejected),
		Warnings: in.warnings[:min(len(in.warnings), shownRejections)], WarningCount: in.warned,
	}
	for _, k := range audiences.sorted() {
		p.Audiences = append(p.Audiences, Audience{Audience: to[k.Kind], Count: k.Count})
	}
	return p, nil
}

// counts says how many there are of each kind, in the order in which they first come.
type counts struct {
	kinds []Kind
	at    map[string]int
}

func (c *counts) count(kind, sample string) {
	if c.at == nil {
		c.at = map[string]int{}
	}
	i, ok := c.at[kind]
	if !ok {
		i = len(c.kinds)
		c.at[kind] = i
		c.kinds = append(c.kinds, Kind{Kind: kind, Samples: []string{}})
	}
	k := &c.kinds[i]
	if k.Count++; sample != "" && len(k.Samples) < shownSamples {
		k.Samples = append(k.Samples, sample)
	}
}

func (c *counts) sorted() []Kind {
	slices.SortStableFunc(c.kinds, func(a, b Kind) int { return b.Count - a.Count })
	if c.kinds == nil {
		return []Kind{}
	}
	return c.kinds
}

// kindOf is an object's type, and of an indicator what it names.
func kindOf(h stix.Header) string {
	if h.Type != "indicator" {
		return h.Type
	}
	if h.PatternType != "stix" {
		return "indicator " + h.PatternType
	}
	p, err := pattern.Parse(h.Pattern)
	if err != nil {
		return h.Type
	}
	terms, _ := pattern.Terms(p)
	if len(terms) == 0 {
		return "indicator pattern"
	}
	object, property, _ := strings.Cut(terms[0].Path, ":")
	if hash, ok := strings.CutPrefix(property, "hashes."); ok {
		return "indicator " + object + " " + strings.Trim(hash, "'")
	}
	return "indicator " + object
}

func sample(h stix.Header) string {
	for _, text := range []string{h.Name, h.Pattern, h.RelationshipType, h.ID} {
		if text != "" {
			return strings.ToValidUTF8(text[:min(len(text), longestSample)], "")
		}
	}
	return ""
}
