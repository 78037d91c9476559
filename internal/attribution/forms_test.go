package attribution_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Bodies have one form, at the hub and in a dossier.
func TestBodiesAreReadStrictly(t *testing.T) {
	s := newStory(t)
	item, _ := s.finding()
	rating := fmt.Sprintf(`"case":%q,"evidence":%q,"hypothesis":"state","party":"P","reason":"r","value":"C"`, s.id, item)
	if !s.append(ledger.Draft{Kind: attribution.KindRating, Actor: string(partnerID(5)), Body: []byte("{" + rating + "}")}) {
		t.Fatal("a rating in order is void")
	}
	before := s.get()
	for what, c := range map[string]struct {
		kind ledger.Kind
		by   string
		body string
	}{
		"no JSON":              {attribution.KindOpened, "", "["},
		"no object":            {attribution.KindRating, "", "null"},
		"member twice":         {attribution.KindRating, "", "{" + rating + `,"value":"C"}`},
		"unknown member":       {attribution.KindRating, "", "{" + rating + `,"weight":9}`},
		"member in capitals":   {attribution.KindRating, "", "{" + rating + `,"Reason":"r"}`},
		"null member":          {attribution.KindRating, "", "{" + rating + `,"likelihood":null}`},
		"member says nothing":  {attribution.KindRating, "", "{" + rating + `,"likelihood":0}`},
		"likelihood above 1":   {attribution.KindRating, "", "{" + rating + `,"likelihood":1.5}`},
		"no party":             {attribution.KindRating, "", strings.Replace("{"+rating+"}", `"party":"P",`, "", 1)},
		"another case":         {attribution.KindRating, "", strings.Replace("{"+rating+"}", string(s.id), "case--00000000-0000-4000-8000-00000000000c", 1)},
		"no case":              {attribution.KindEvidence, "", `{"title":"t"}`},
		"empty evidence":       {attribution.KindEvidence, "", fmt.Sprintf(`{"case":%q,"party":"P"}`, s.id)},
		"unknown hypothesis":   {attribution.KindRating, "", strings.Replace("{"+rating+"}", `"state"`, `"x"`, 1)},
		"standing again":       {attribution.KindHypothesis, "", fmt.Sprintf(`{"case":%q,"id":"other","party":"P","title":"t"}`, s.id)},
		"by the hub":           {attribution.KindRating, "hub", "{" + rating + "}"},
		"an empty list":        {attribution.KindEvidence, "", strings.Replace(string(canonical(t, withCase(s))), `"links":["malware--00000000-0000-4000-8000-000000000008"]`, `"links":[]`, 1)},
		"upper-case salt":      {attribution.KindUnsealed, "", fmt.Sprintf(`{"case":%q,"digest":%q,"evidence":%q,"party":"P","salt":%q}`, s.id, digestOf("x"), item, strings.Repeat("A", 64))},
		"a vote's extra":       {attribution.KindVote, "", fmt.Sprintf(`{"case":%q,"document":{"weight":2},"party":"P"}`, s.id)},
		"a signature of two":   {attribution.KindVote, "", fmt.Sprintf(`{"case":%q,"party":"P","signature":{"ed25519":"AA==","signature":"AA=="}}`, s.id)},
		"a policy of nobody":   {attribution.KindOpened, "", `{"hypotheses":[{"id":"a","title":"a"}],"id":"case--00000000-0000-4000-8000-000000000001","party":"P","policy":"0 of []","question":"q"}`},
		"an unknown case kind": {"case.verdict", "", "{" + rating + "}"},
	} {
		by := c.by
		if by == "" {
			by = string(partnerID(2))
		}
		if s.append(ledger.Draft{Kind: c.kind, Actor: by, Body: []byte(c.body)}) {
			t.Errorf("%s: it is a record", what)
		}
		var body any
		if err := json.Unmarshal([]byte(c.body), &body); err != nil {
			continue // it has no canonical form
		}
		records := after(t, s.records(), c.kind, 2, body)
		if by == "hub" {
			records[len(records)-1].Record.By = "hub"
		}
		refused(t, what, records, fmt.Sprintf("record %d (%s)", len(records), c.kind))
	}
	if diff := cmp.Diff(before, s.get()); diff != "" {
		t.Errorf("a bad entry changed the case:\n%s", diff)
	}
}

func withCase(s *story) attribution.Evidence {
	e := s.evidence()
	e.ID, e.Party = "evidence--00000000-0000-4000-8000-00000000000e", "P"
	return e
}

// What is around the bodies has one form, too.
func TestTheChainIsReadStrictly(t *testing.T) {
	s := newStory(t)
	s.finding()
	if _, err := attribution.Replay(nil); err == nil {
		t.Error("no records are a case")
	}
	for what, c := range map[string]struct {
		n      int // the record changed
		change func(*attribution.Opened)
		says   string
	}{
		"a number again":        {4, func(o *attribution.Opened) { o.Record.N = 3 }, "record 4 (case.rating): invalid: n is 3"},
		"another prev":          {4, func(o *attribution.Opened) { o.Record.Prev = attribution.NoRecord }, "record 4 (case.rating): invalid: prev"},
		"a prev in capitals":    {2, func(o *attribution.Opened) { o.Record.Prev = strings.ToUpper(o.Record.Prev) }, "record 2"},
		"another case":          {4, func(o *attribution.Opened) { o.Record.Case = "case--00000000-0000-4000-8000-00000000000c" }, "record 4 (case.rating): invalid: case"},
		"another time":          {4, func(o *attribution.Opened) { o.Record.At.Time = o.Record.At.Add(time.Second) }, "record 5 (case.statement): invalid: prev"},
		"a time that falls":     {4, func(o *attribution.Opened) { o.Record.At.Time = start }, "record 4 (case.rating): invalid: at 2017-05-15T17:00:00.000000Z is before"},
		"no time":               {4, func(o *attribution.Opened) { o.Record.At = attribution.Time{} }, "record 4 (case.rating): invalid: at"},
		"another salt":          {4, func(o *attribution.Opened) { o.Salt[0] ^= 1 }, "record 5 (case.statement): invalid: prev"},
		"another partner":       {4, func(o *attribution.Opened) { o.Record.By = partnerID(9) }, "record 5 (case.statement): invalid: prev"},
		"no opening":            {1, func(o *attribution.Opened) { o.Record.Kind = attribution.KindRating }, "record 1 (case.rating): invalid: kind"},
		"two openings":          {2, func(o *attribution.Opened) { o.Record.Kind = attribution.KindOpened }, "record 2 (case.opened): conflict"},
		"a first of long ago":   {1, func(o *attribution.Opened) { o.Record.Prev = strings.Repeat("1", 64) }, "record 1 (case.opened): invalid: prev"},
		"spaces in a body":      {2, func(o *attribution.Opened) { o.Record.Body = append(jsontext.Value(" "), o.Record.Body...) }, "canonical"},
		"an opening of another": {1, func(o *attribution.Opened) { o.Record.Body = rename(t, o.Record.Body) }, "record 1 (case.opened): invalid: id"},
	} {
		records := s.records()
		c.change(&records[c.n-1])
		refused(t, what, records, c.says)
	}
}

func rename(t *testing.T, body jsontext.Value) jsontext.Value {
	var o members
	if err := json.Unmarshal(body, &o); err != nil {
		t.Fatal(err)
	}
	o["id"] = "case--00000000-0000-4000-8000-00000000000c"
	return canonical(t, o)
}

// Whatever bytes stand in a record, reading them ends, and what is taken keeps
// the rule that a record's bytes are what its parsed form writes.
func FuzzReplay(f *testing.F) {
	s := newStory(f)
	_, digest := s.finding()
	s.reply(2, digest)
	records := s.records()
	for _, o := range records {
		f.Add(string(o.Record.Kind), []byte(o.Record.Body))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		last := records[len(records)-1]
		text, err := last.Record.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		r := last.Record
		r.N, r.Prev, r.Kind, r.Body = r.N+1, attribution.Commit(last.Salt, text).String(), ledger.Kind(kind), body
		c, err := attribution.Replay(append(records[:len(records):len(records)], attribution.Opened{Record: r}))
		if err != nil {
			return
		}
		canon := jsontext.Value(append([]byte{}, body...))
		if err := canon.Canonicalize(); err != nil || string(canon) != string(body) || c.Records != len(records)+1 {
			t.Errorf("%s %q was taken: %v", kind, body, err)
		}
	})
}
