package attribution

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// body is what a record but the opening says. check decides whether it may
// follow what the case holds, and changes nothing; apply cannot fail after it.
// Drafts ask the same check: what they let through is void only if something
// else comes in between.
type body interface {
	of() (CaseID, string) // the case and the acting partner's name
	as(party string) body // the same by that name
	check(f *file, by access.PartnerID) error
	apply(f *file, at Where)
}

// file is a case with what makes its rules quick to check.
type file struct {
	Case
	audience  access.Audience // of the opening's entry; nobody in a replay
	may       func(partner access.PartnerID, key string) bool
	row       map[EvidenceID]int
	column    map[HypothesisID]int
	rated     map[ratingKey]int // index into Ratings
	lent      atomic.Bool       // a reader holds Ratings: what is rated anew goes into a copy
	statement map[Digest]int    // index into Statements
	voted     map[voteKey]cast
	ballots   map[Digest]bool             // SHA-256 of what was signed
	taken     map[string]bool             // the names of the policy's partners
	sealed    map[string]access.PartnerID // who has filed a seal
	committed map[string]access.PartnerID // who has committed to a vector's seal
	vectors   map[roundKey]vector
	shares    map[shareKey]int
	acts      map[access.PartnerID]int // records by partner
	commits   []Digest                 // to each record
	current   int                      // the last published of Statements, -1 for none
	kept      []Kept                   // the records, if they are kept
	deposits  map[EvidenceID][]Sealed
}

// readBody reads the body of a record strictly: unknown and repeated members
// are errors, and so is whatever would not be written the same way again, as a
// member that may be missing and says nothing ("" or null).
func readBody[B any](text jsontext.Value) (B, error) {
	var b B
	if err := json.Unmarshal(text, &b, json.RejectUnknownMembers(true)); err != nil {
		return b, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	again, err := written(b)
	if err != nil {
		return b, err
	}
	if !bytes.Equal(again, text) {
		return b, fmt.Errorf("%w: the body says %.300q where its members say %.300q", access.ErrInvalid, text, again)
	}
	return b, nil
}

func read[B body](text jsontext.Value) (body, error) { return readBody[B](text) }

// readers lists what each kind of record but the opening holds.
var readers = map[ledger.Kind]func(jsontext.Value) (body, error){
	KindHypothesis: read[Proposal], KindEvidence: read[Evidence], KindMark: read[Mark], KindRating: read[Rating],
	KindCommitted: read[Commitment], KindRound: read[Closing], KindRevealed: read[Revelation],
	KindStatement: read[Motion], KindVote: read[Vote], KindPublished: read[Publication],
	KindReply: read[Reply], KindUnsealed: read[Unsealing],
}

// begin is the case that its first record opens.
func begin(r Record) (*file, error) {
	if r.Kind != KindOpened {
		return nil, fmt.Errorf("%w: kind %.64q: a case begins with %s", access.ErrInvalid, r.Kind, KindOpened)
	}
	o, err := readBody[Opening](r.Body)
	if err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.ID == "" || o.ID != r.Case {
		return nil, fmt.Errorf("%w: id %q is not that of the case, %q", access.ErrInvalid, o.ID, r.Case)
	}
	if err := checkBy(r.By); err != nil {
		return nil, err
	}
	o.Hypotheses = append(slices.Clip(o.Hypotheses), Standing()...)
	f := &file{
		Case: Case{
			Opening: o, By: r.By, Opened: r.At.Time, Evidence: []Filed{}, Ratings: []Rated{}, Marks: []Marked{},
			Rounds: []Round{}, Statements: []Statement{}, Replies: []Replied{}, Openings: []Unsealed{},
		},
		row: make(map[EvidenceID]int), column: make(map[HypothesisID]int), rated: make(map[ratingKey]int),
		statement: make(map[Digest]int), voted: make(map[voteKey]cast), acts: make(map[access.PartnerID]int),
		current: -1, deposits: make(map[EvidenceID][]Sealed),
	}
	f.ballots, f.taken = make(map[Digest]bool), o.taken()
	f.sealed, f.committed = make(map[string]access.PartnerID), make(map[string]access.PartnerID)
	f.vectors, f.shares = make(map[roundKey]vector), make(map[shareKey]int)
	for i, h := range o.Hypotheses {
		f.column[h.ID] = i
	}
	return f, checkName(o.Members, f.taken, r.By, o.Party)
}

// takes says why a record with this body would be void.
func (f *file) takes(kind ledger.Kind, by access.PartnerID, b body) error {
	id, party := b.of()
	if id != f.ID {
		return fmt.Errorf("%w: case is %.100q, not %s", access.ErrInvalid, id, f.ID)
	}
	if err := checkParty(party); err != nil {
		return err
	}
	if err := checkBy(by); err != nil {
		return err
	}
	if err := checkName(f.Members, f.taken, by, party); err != nil {
		return err
	}
	if err := f.room(kind, by, 1); err != nil {
		return err
	}
	return b.check(f, by)
}

// follow takes a record that is not the first, or says why it is void; the case
// is then unchanged. The record's number and the commitment before it are the
// caller's business.
func (f *file) follow(r Record) error {
	if r.Kind == KindOpened {
		return fmt.Errorf("%w: the case is open already", access.ErrConflict)
	}
	read, known := readers[r.Kind]
	if !known {
		return fmt.Errorf("%w: unknown kind %.64q", access.ErrInvalid, r.Kind)
	}
	b, err := read(r.Body)
	if err != nil {
		return err
	}
	if err := f.takes(r.Kind, r.By, b); err != nil {
		return err
	}
	b.apply(f, Where{r.N, r.By, r.At.Time})
	_, party := b.of()
	f.done(r, party)
	return nil
}

// done counts a record that was taken. Its commitment is appended by commit.
func (f *file) done(r Record, party string) {
	f.acts[r.By]++
	f.shares[shareKey{r.Kind, r.By}]++
	f.History = append(f.History, Step{Where{r.N, r.By, r.At.Time}, r.Kind, party})
}

// commit appends the commitment to a record that was taken.
func (f *file) commit(salt Salt, record []byte) Digest {
	f.Head = Commit(salt, record)
	f.commits = append(f.commits, f.Head)
	f.Records = len(f.commits)
	return f.Head
}

// next is the record that would come next, of the given content. Times do not
// fall, also where the hub's clock was set back.
func (f *file) next(r Record) Record {
	r.N, r.Prev = len(f.commits)+1, f.Head.String()
	if n := len(f.History); n > 0 && r.At.Before(f.History[n-1].At) {
		r.At.Time = f.History[n-1].At
	}
	return r
}

func checkBy(by access.PartnerID) error {
	if stix.TypeOfID(string(by)) != "identity" {
		return fmt.Errorf("%w: by %.100q is not a partner (\"identity--\" and a UUID)", access.ErrInvalid, by)
	}
	return nil
}
