package publiclog_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/trust"
)

const contributed = "contribution--00000000-0000-4000-8000-000000000001"

// proved is the proof of a contribution of two parts among other entries.
func proved(t *testing.T, change ...func(*publiclog.Config)) (*site, []ledger.Seq, proof.Contribution) {
	t.Helper()
	s := open(t, t.TempDir(), change...)
	var parts []ledger.Seq
	for n := range 2 {
		s.append(4)
		d, err := ledger.NewDraft(contribution.KindAccepted, "identity--1", "green", contribution.Part{
			ID: contributed, Part: n + 1, Parts: 2, Source: "list", Objects: []jsontext.Value{jsontext.Value(fmt.Sprintf(`{"type":"x","n":%d}`, n))},
		})
		if err != nil {
			t.Fatal(err)
		}
		entries, err := s.ledger.Append(t.Context(), ledger.Any, d)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, entries[0].Seq)
	}
	s.append(2)
	s.committed()
	var c proof.Contribution
	s.until("it can be proved", func() (is bool) {
		var err error
		if c, err = s.logger.Prove(t.Context(), contributed, parts, s.ledger.Disclose); err != nil && !errors.Is(err, proof.ErrPending) {
			t.Fatal(err)
		}
		return err == nil
	})
	return s, parts, c
}

func TestAProofShowsWhatWasContributed(t *testing.T) {
	a := newSigner(t, "a")
	s, parts, c := proved(t, witnessed(t, "all of [a]", a))
	keys, err := s.logger.Trust(nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "group group-1 1 a\nquorum group-1\n"; !strings.Contains(keys.String(), want) {
		t.Errorf("the keys are\n%s", keys)
	}
	got, err := proof.Check(c, keys)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != contributed || got.Partner != "identity--1" || got.Of != 2 || len(got.Parts) != 2 || len(got.Objects) != 2 || len(got.Cosigned) != 1 || string(got.Objects[1]) != `{"type":"x","n":1}` {
		t.Errorf("proved %+v", got)
	}
	// Under other keys it proves nothing: neither another log's, nor with a witness
	// that has not signed.
	for _, text := range []string{
		strings.Replace(keys.String(), "log "+keys.LogKeys()[0], "log "+other(t), 1),
		strings.Replace(keys.String(), a.VerifierKey(), newSigner(t, "b").VerifierKey(), 1),
	} {
		f, err := trust.Parse([]byte(text), false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := proof.Check(c, f); !errors.Is(err, proof.ErrNotProved) {
			t.Errorf("under other keys: %v", err)
		}
	}
	// What was erased cannot be proved anew; what was handed out still does.
	if err := s.ledger.Erase(t.Context(), parts...); err != nil {
		t.Fatal(err)
	}
	if _, err := s.logger.Prove(t.Context(), contributed, parts, s.ledger.Disclose); !errors.Is(err, ledger.ErrNoEntry) {
		t.Errorf("erased: %v", err)
	}
	if _, err := proof.Check(c, keys); err != nil {
		t.Errorf("the proof from before: %v", err)
	}
}

// A proof of which anything was changed proves nothing, or the very same.
func TestAChangedProofProvesNothingElse(t *testing.T) {
	s, _, c := proved(t)
	keys, err := s.logger.Trust(nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := proof.Check(c, keys)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	held := 0
	for range 2000 {
		changed := append([]byte{}, text...)
		changed[random.IntN(len(changed))] ^= byte(1 + random.IntN(255))
		p, err := proof.ParseContribution(changed)
		if err != nil {
			continue
		}
		got, err := proof.Check(p, keys)
		switch {
		case err == nil && reflect.DeepEqual(got, want):
			held++
		case err == nil:
			t.Fatalf("a changed proof shows %+v:\n%s", got, changed)
		case !errors.Is(err, proof.ErrNotProved):
			t.Fatalf("error of another kind: %v", err)
		}
	}
	if held > 100 {
		t.Errorf("%d of 2000 changes changed nothing", held)
	}
	for name, spoil := range map[string]func(*proof.Contribution){
		"of another id":    func(c *proof.Contribution) { c.ID = "contribution--2" },
		"a part twice":     func(c *proof.Contribution) { c.Entries = append(c.Entries, c.Entries[1]) },
		"the other way":    func(c *proof.Contribution) { c.Entries[0], c.Entries[1] = c.Entries[1], c.Entries[0] },
		"without a key":    func(c *proof.Contribution) { c.Entries[0].Key = nil },
		"the other's key":  func(c *proof.Contribution) { c.Entries[0].Key = c.Entries[1].Key },
		"the other's leaf": func(c *proof.Contribution) { c.Entries[0].Leaf = strings.Replace(c.Entries[0].Leaf, "v1", "v2", 1) },
	} {
		p, err := proof.ParseContribution(text)
		if err != nil {
			t.Fatal(err)
		}
		spoil(&p)
		if _, err := proof.Check(p, keys); !errors.Is(err, proof.ErrNotProved) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// other is a key of another log of the same name.
func other(t *testing.T) string {
	t.Helper()
	_, vkey, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}
