package attribution

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Motion puts a statement to the vote.
type Motion struct {
	Case     CaseID   `json:"case"`
	Party    string   `json:"party,omitempty"`
	Document Document `json:"document"`
}

// Likelihoods lists the words of ICD 203 (section D.6.e.2.a), from the least
// probable: 1-5, 5-20, 20-45, 45-55, 55-80, 80-95 and 95-99 %.
func Likelihoods() []Likelihood {
	return []Likelihood{"almost-no-chance", "very-unlikely", "unlikely", "even-chance", "likely", "very-likely", "almost-certain"}
}

// Confidences lists the degrees of confidence, the lowest first.
func Confidences() []Confidence { return []Confidence{"low", "moderate", "high"} }

func (c Confidence) validate() error {
	if !slices.Contains(Confidences(), c) {
		return fmt.Errorf("%w: confidence %.100q: use one of %v", access.ErrInvalid, c, Confidences())
	}
	return nil
}

func (m Motion) of() (CaseID, string) { return m.Case, m.Party }

func (m Motion) as(party string) body {
	m.Party = party
	return m
}

func (m Motion) check(f *file, by access.PartnerID) error {
	d := m.Document
	if err := cmp.Or(d.validate(), f.speaksOf(d), f.follows(d), f.grounded(d)); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	digest, err := d.Digest()
	if err != nil {
		return err
	}
	if _, has := f.statement[digest]; has {
		return fmt.Errorf("statement %s: %w: it is put to the vote already", digest, access.ErrConflict)
	}
	if len(f.Statements) >= maxStatements {
		return full("statements", maxStatements)
	}
	return f.share(KindStatement, by, "statements", maxStatementsOfOne)
}

func (m Motion) apply(f *file, at Where) {
	digest, _ := m.Document.Digest() // check has made it
	f.statement[digest] = len(f.Statements)
	f.Statements = append(f.Statements, Statement{Motion: m, Where: at, Digest: digest, Votes: []Voted{}})
}

// validate says what is wrong with a statement in itself.
func (d Document) validate() error {
	if !slices.Contains([]Act{Finding, Update, Withdrawal}, d.Act) {
		return fmt.Errorf("%w: act %.100q is not finding, update or withdrawal", access.ErrInvalid, d.Act)
	}
	if !slices.Contains(Likelihoods(), d.Likelihood) {
		return fmt.Errorf("%w: likelihood %.100q: use one of %v", access.ErrInvalid, d.Likelihood, Likelihoods())
	}
	if len(d.Cites) == 0 || len(d.Cites) > maxLinks {
		return fmt.Errorf("%w: cites has %d items, 1 to %d are needed", access.ErrInvalid, len(d.Cites), maxLinks)
	}
	return cmp.Or(
		d.Confidence.validate(),
		access.CheckProse("text", d.Text, maxText, true),
		access.CheckProse("occurred", d.Occurred, maxTitle, false),
		checkTexts("gaps", d.Gaps, maxList), checkTexts("would_change", d.WouldChange, maxList),
	)
}

// speaksOf says whether the statement is about this case as it was opened: an
// edit of the question or of who has to agree is another case.
func (f *file) speaksOf(d Document) error {
	switch {
	case d.Case != f.ID:
		return fmt.Errorf("%w: case is %.100q, not %s", access.ErrInvalid, d.Case, f.ID)
	case d.Question != f.Question:
		return fmt.Errorf("%w: question is not the one that the case was opened with", access.ErrInvalid)
	case d.Policy != f.Policy.String():
		return fmt.Errorf("%w: policy is not the one that the case was opened with", access.ErrInvalid)
	}
	return f.knows(d.Finding)
}

// follows says whether the statement is the next one after the last published.
// It has to be so when it is put to the vote, and still when it is published.
func (f *file) follows(d Document) error {
	if f.current < 0 {
		if d.Act != Finding || d.Version != 1 || d.Previous != "" {
			return fmt.Errorf("%w: act %s, version %d, previous %.64q: nothing is published yet: it has to be a finding, version 1, with no previous one",
				access.ErrConflict, d.Act, d.Version, d.Previous)
		}
		return nil
	}
	last := &f.Statements[f.current]
	switch {
	case d.Act == Finding:
		return fmt.Errorf("%w: act finding: version %d is published: use update or withdrawal", access.ErrConflict, last.Document.Version)
	case d.Version != last.Document.Version+1 || d.Previous != last.Digest.String():
		return fmt.Errorf("%w: version %d after %.64q: the last published one is version %d, %s", access.ErrConflict, d.Version, d.Previous, last.Document.Version, last.Digest)
	case last.Document.Act == Withdrawal && d.Act != Update:
		return fmt.Errorf("%w: act %s: the last published one is a withdrawal: only an update can follow", access.ErrConflict, d.Act)
	case d.Act != Withdrawal:
		return nil
	}
	w := last.Document
	if d.Finding != w.Finding || d.Likelihood != w.Likelihood || d.Confidence != w.Confidence || !slices.Equal(d.Cites, w.Cites) {
		return fmt.Errorf("%w: a withdrawal repeats finding, likelihood, confidence and cites of what it withdraws (version %d)", access.ErrInvalid, w.Version)
	}
	return nil
}

// grounded says whether the basis is a state of this case and holds everything
// cited. A withdrawal cites what the withdrawn statement did, whatever became
// of that: it may be why.
func (f *file) grounded(d Document) error {
	n := d.Basis.N
	if n < 1 || n > len(f.commits) {
		return fmt.Errorf("%w: basis: record %d is not one of the %d before this one", access.ErrInvalid, n, len(f.commits))
	}
	if want := f.commits[n-1].String(); d.Basis.Commitment != want {
		return fmt.Errorf("%w: basis: the commitment to record %d is %s, not %.100q", access.ErrInvalid, n, want, d.Basis.Commitment)
	}
	seen := make(map[EvidenceID]bool, len(d.Cites))
	for i, id := range d.Cites {
		item, err := f.item(id)
		switch {
		case err != nil:
			return fmt.Errorf("cites/%d: %w", i, err)
		case seen[id]:
			return fmt.Errorf("%w: cites/%d: %s is cited twice", access.ErrInvalid, i, id)
		case item.Record > n:
			return fmt.Errorf("%w: cites/%d: %s is record %d, after the basis (%d)", access.ErrInvalid, i, id, item.Record, n)
		case d.Act != Withdrawal && item.Withdrawn > 0 && item.Withdrawn <= n:
			return fmt.Errorf("%w: cites/%d: %s was withdrawn by record %d", access.ErrInvalid, i, id, item.Withdrawn)
		}
		seen[id] = true
	}
	return nil
}
