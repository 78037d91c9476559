package attribution

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// List is every case that the principal may see, the newest first.
func (s *State) List(p access.Principal) []Case {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Case, 0, len(s.order))
	for _, id := range slices.Backward(s.order) {
		if f := s.cases[id]; p.MaySee(f.By, f.audience) {
			list = append(list, f.view())
		}
	}
	return list
}

// Get is one case, or access.ErrNotFound, also for a case that the principal may not see.
func (s *State) Get(p access.Principal, id CaseID) (Case, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(p, id)
	if err != nil {
		return Case{}, fmt.Errorf("get case: %w", err)
	}
	return f.view(), nil
}

// view is the case for a reader, to be read only, sharing nothing that the fold
// changes. Lists that only grow are shared, without room to grow into.
func (f *file) view() Case {
	v := f.Case
	v.Members = maps.Clone(f.Members)
	v.Hypotheses = slices.Clip(f.Hypotheses)
	v.Evidence = append([]Filed{}, f.Evidence...)
	f.lent.Store(true) // up to 100,000: copied when one changes, not for each reader
	v.Ratings = slices.Clip(f.Ratings)
	v.Marks, v.Replies, v.Openings, v.History = slices.Clip(f.Marks), slices.Clip(f.Replies), slices.Clip(f.Openings), slices.Clip(f.History)
	v.Rounds = append([]Round{}, f.Rounds...)
	for i := range v.Rounds {
		r := &v.Rounds[i]
		r.Committed, r.Revealed = slices.Clip(r.Committed), slices.Clip(r.Revealed)
	}
	v.Statements = append([]Statement{}, f.Statements...)
	for i := range v.Statements {
		v.Statements[i].Votes = append([]Voted{}, v.Statements[i].Votes...)
	}
	v.Names = new(Names)
	v.Status = v.status()
	v.Contested = slices.Contains(v.Labels(), Contested)
	return v
}

func (c Case) status() Status {
	current := c.Current()
	switch {
	case len(c.Statements) == 0:
		return Open
	case current == nil:
		return Proposed
	case current.Document.Act == Withdrawal:
		return Withdrawn
	}
	return Published
}

// Current is the last published statement, nil if there is none.
func (c Case) Current() *Statement {
	var current *Statement
	for i := range c.Statements {
		if s := &c.Statements[i]; s.Published > 0 && (current == nil || s.Published > current.Published) {
			current = s
		}
	}
	return current
}

// Carried says whether the last votes on a statement satisfy the case's policy.
func (c Case) Carried(s Statement) bool { return c.Policy.Satisfied(s.Endorsed()) }

// Statement is the statement with the digest, nil if the case has none such.
func (c Case) Statement(digest Digest) *Statement {
	i := slices.IndexFunc(c.Statements, func(s Statement) bool { return s.Digest == digest })
	if i < 0 {
		return nil
	}
	return &c.Statements[i]
}

// RepliesTo lists the replies to a statement.
func (c Case) RepliesTo(s Statement) []Replied {
	var replies []Replied
	for _, r := range c.Replies {
		if r.Document.Statement == s.Digest.String() {
			replies = append(replies, r)
		}
	}
	return replies
}

// Seals lists the items that were filed under a seal.
func (c Case) Seals() []Filed {
	var sealed []Filed
	for _, item := range c.Evidence {
		if item.Seal != "" {
			sealed = append(sealed, item)
		}
	}
	return sealed
}

// Hidden says whether nobody outside can look the item up: it is sealed, the
// seal is not opened, and no digest is given. A source says who knows, not what.
func (i Filed) Hidden() bool { return i.Seal != "" && i.Unsealed == 0 && i.Digest == "" }

// The labels of a case's current statement (docs/dossier.md, "scores.json", 10).
const (
	RestsOnForgeable = "rests-only-on-forgeable-or-sealed"
	NoLongerCarried  = "no-longer-carried"
	Contested        = "contested"
	TakenBack        = "withdrawn"
)

// Labels are what has to be said beside the current statement, wherever it is
// shown: it rests only on what can be forged or nobody can see, its voters have
// left it, it is denied or dissented from, it is a withdrawal. None without one.
func (c Case) Labels() []string {
	labels := []string{}
	s := c.Current()
	if s == nil {
		return labels
	}
	if c.restsOnForgeable(s.Document.Cites) {
		labels = append(labels, RestsOnForgeable)
	}
	if !c.Carried(*s) {
		labels = append(labels, NoLongerCarried)
	}
	if c.denied() || c.dissented() {
		labels = append(labels, Contested)
	}
	if s.Document.Act == Withdrawal {
		labels = append(labels, TakenBack)
	}
	return labels
}

// denied says whether the accused has contradicted any statement.
func (c Case) denied() bool {
	return slices.ContainsFunc(c.Replies, func(r Replied) bool { return r.Document.Relation == Denial })
}

// dissented says whether some partner's last word on what was published is
// dissent: an update does not silence who contradicted what it updates.
func (c Case) dissented() bool {
	last := map[access.PartnerID]Voted{}
	for _, s := range c.Statements {
		if s.Published == 0 {
			continue
		}
		for _, v := range s.Votes {
			if v.Record > last[v.By].Record {
				last[v.By] = v
			}
		}
	}
	for _, v := range last {
		if v.Document.Vote == Dissent {
			return true
		}
	}
	return false
}

// restsOnForgeable says whether nothing that is cited and still stands is hard
// to forge and open to see.
func (c Case) restsOnForgeable(cites []EvidenceID) bool {
	cited := make(map[EvidenceID]bool, len(cites))
	for _, id := range cites {
		cited[id] = true
	}
	return !slices.ContainsFunc(c.Evidence, func(item Filed) bool {
		return cited[item.ID] && !item.Out() && item.Forgeability != High && !item.Hidden()
	})
}

// Name is what a partner is called in the case: as it last called itself, or as
// the opening does; "" for one that the case does not know.
func (c Case) Name(p access.PartnerID) string {
	if name, acted := c.Names.of(c).last[p]; acted {
		return name
	}
	return c.Members[p]
}
