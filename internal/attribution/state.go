package attribution

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// State is the fold of all case entries. Its methods may be called from many
// goroutines at once. Make one with NewState.
type State struct {
	secret []byte
	may    func(partner access.PartnerID, key string) bool // nil: any key

	mu     sync.RWMutex
	cases  map[CaseID]*file
	order  []CaseID // as they were opened
	opened map[access.PartnerID]int
	leaves []leaf // of all records, in the order of the ledger
}

type leaf struct {
	seq    ledger.Seq
	commit Digest
}

// NewState is the state of an empty ledger. The salts of records are derived
// from the secret: another secret gives other commitments, by which statements
// name their basis, so it has to be the same as long as the ledger lives.
func NewState(secret []byte) *State {
	return &State{secret: secret, cases: make(map[CaseID]*file), opened: make(map[access.PartnerID]int)}
}

// Authority has votes be void whose key may not vote for its partner when their
// entry is folded: between a draft and its entry a key can be revoked. may has
// to be a fold of the same ledger that is ahead of this one. Call it before Apply.
func (s *State) Authority(may func(partner access.PartnerID, key string) bool) { s.may = may }

// Apply folds one entry; entries of other kinds it ignores, and so it does void
// ones: Leaf then knows nothing of them. It never fails; the error is there for
// those who fold.
func (s *State) Apply(e ledger.Entry) error {
	if _, isRecord := readers[e.Kind]; !isRecord && e.Kind != KindOpened && e.Kind != KindSealed {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Kind == KindSealed {
		s.applySealed(e)
		return nil
	}
	body := jsontext.Value(slices.Clone(e.Body))
	if body.Canonicalize() != nil {
		return nil
	}
	r := Record{At: Time{e.Time}, Body: body, By: access.PartnerID(e.Actor), Kind: e.Kind}
	f := s.fold(r, e)
	if f == nil {
		return nil
	}
	r = f.next(r)
	r.Case = f.ID
	text, err := r.Bytes()
	if err != nil {
		return err
	}
	salt := s.salt(e.Hash)
	s.leaves = append(s.leaves, leaf{e.Seq, f.commit(salt, text)})
	f.kept = append(f.kept, Kept{Record: r, Salt: salt, Seq: e.Seq})
	return nil
}

// caseOf is the case that a body names.
func caseOf(kind ledger.Kind, body jsontext.Value) CaseID {
	var named struct {
		ID   CaseID `json:"id"`
		Case CaseID `json:"case"`
	}
	if json.Unmarshal(body, &named) != nil { // what is wrong with it, the fold says
		return ""
	}
	if kind == KindOpened {
		return named.ID
	}
	return named.Case
}

// fold is the case that has taken the record, nil if it is void.
func (s *State) fold(r Record, e ledger.Entry) *file {
	r.Case = caseOf(r.Kind, r.Body)
	f := s.cases[r.Case]
	if f == nil {
		audience, err := access.ParseAudience(e.Audience)
		if err != nil || s.opened[r.By] >= maxCases {
			return nil
		}
		if f, err = begin(r); err != nil {
			return nil
		}
		f.audience, f.may = audience, s.may
		f.done(f.next(r), f.Party)
		s.cases[f.ID] = f
		s.order = append(s.order, f.ID)
		s.opened[r.By]++
		return f
	}
	if f.follow(f.next(r)) != nil {
		return nil
	}
	return f
}

// salt hides one record: an HMAC of its entry's hash, so that it need not be
// kept and nobody without the secret can tell it.
func (s *State) salt(entry ledger.Hash) Salt {
	h := hmac.New(sha256.New, s.secret)
	h.Write(entry[:])
	return Salt(h.Sum(nil))
}

// Leaf is the public log's entry for the ledger's entry seq; ok is false if that
// is no record of a case, or was void.
func (s *State) Leaf(seq ledger.Seq) (text []byte, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, ok := slices.BinarySearchFunc(s.leaves, seq, func(l leaf, seq ledger.Seq) int { return cmp.Compare(l.seq, seq) })
	if !ok {
		return nil, false
	}
	return LeafOf(s.leaves[i].commit), true
}

// LeafOf is the public log's entry for a commitment (docs/dossier.md, "The log").
func LeafOf(commitment Digest) []byte {
	return []byte(recordTag + commitment.String() + "\n")
}

// Kept is a record as the hub keeps it, with what opens its commitment.
type Kept struct {
	Record Record
	Salt   Salt
	Seq    ledger.Seq // its entry on the ledger
}

// Records is every record of a case in order, to be read only, or
// access.ErrNotFound.
func (s *State) Records(who access.Principal, id CaseID) ([]Kept, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(who, id)
	if err != nil {
		return nil, fmt.Errorf("records of a case: %w", err)
	}
	return slices.Clip(f.kept), nil // it only grows
}

// RecordAt is the record that an entry of the ledger became, or access.ErrNotFound:
// also where the entry was void.
func (s *State) RecordAt(who access.Principal, id CaseID, seq ledger.Seq) (Kept, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(who, id)
	if err != nil {
		return Kept{}, fmt.Errorf("record of a case: %w", err)
	}
	i, found := slices.BinarySearchFunc(f.kept, seq, func(k Kept, seq ledger.Seq) int { return cmp.Compare(k.Seq, seq) })
	if !found {
		return Kept{}, fmt.Errorf("record of %s: %w: its entry is void", id, access.ErrNotFound)
	}
	return f.kept[i], nil
}

// visible is the case if it exists and the principal may see it. The caller
// holds the lock.
func (s *State) visible(p access.Principal, id CaseID) (*file, error) {
	f, ok := s.cases[id]
	if !ok || !p.MaySee(f.By, f.audience) {
		return nil, fmt.Errorf("case %.100q: %w", id, access.ErrNotFound)
	}
	return f, nil
}
