package bundle_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/stix"
)

type seen struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Created  string `json:"created"`
	Modified string `json:"modified"`
	Revoked  bool   `json:"revoked"`

	CreatedBy    string   `json:"created_by_ref"`
	Labels       []string `json:"labels"`
	Description  string   `json:"description"`
	Content      string   `json:"content"`
	Explanation  string   `json:"explanation"`
	Opinion      string   `json:"opinion"`
	Authors      []string `json:"authors"`
	Refs         []string `json:"object_refs"`
	Relationship string   `json:"relationship_type"`
	Source       string   `json:"source_ref"`
	Target       string   `json:"target_ref"`
	Confidence   int      `json:"confidence"`

	raw jsontext.Value
}

func objects(t testing.TB, text []byte) []seen {
	t.Helper()
	var b struct {
		Objects []jsontext.Value `json:"objects"`
	}
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	list := make([]seen, len(b.Objects))
	for i, raw := range b.Objects {
		if err := json.Unmarshal(raw, &list[i]); err != nil {
			t.Fatal(err)
		}
		list[i].raw = raw
	}
	return list
}

func of(list []seen, kind string) []seen {
	return slices.DeleteFunc(slices.Clone(list), func(o seen) bool { return o.Type != kind })
}

// TestOneFindingIsAttributedAndNoOther goes through the life of a case: open,
// found, changed, withdrawn, found anew.
func TestOneFindingIsAttributedAndNoOther(t *testing.T) {
	records := tale(t)
	for n := 1; n <= len(records); n++ {
		in := input(t, records, n)
		current := in.Case.Current()
		ties := of(objects(t, render(t, in)), "relationship")
		if current == nil || attribution.IsStanding(current.Document.Finding) {
			if len(ties) > 0 {
				t.Errorf("%d records: %s without a finding that names somebody", n, ties[0].raw)
			}
			continue
		}
		if len(ties) != 1 || ties[0].Relationship != "attributed-to" {
			t.Errorf("%d records: %d relationships, want one attributed-to", n, len(ties))
			continue
		}
		withdrawn := current.Document.Act == attribution.Withdrawal
		title, want := in.Case.Title(current.Document.Finding), map[attribution.Confidence]int{"low": 15, "moderate": 50, "high": 85}[current.Document.Confidence]
		if tie := ties[0]; tie.Revoked != withdrawn || tie.Confidence != want || !strings.Contains(tie.Description, title) {
			t.Errorf("%d records, withdrawn %v: %s", n, withdrawn, tie.raw)
		}
		if target := stix.TypeOfID(ties[0].Target); target != "intrusion-set" && target != "threat-actor" {
			t.Errorf("%d records: attributed to %s", n, ties[0].Target)
		}
		if report := of(objects(t, render(t, in)), "report"); len(report) != 1 || report[0].Revoked != withdrawn {
			t.Errorf("%d records: %d reports, want one, revoked %v", n, len(report), withdrawn)
		}
	}
}

// That it cannot be known, or was somebody else, is attributed to nobody.
func TestStandingHypothesesAreNobody(t *testing.T) {
	for _, h := range attribution.Standing() {
		in := input(t, tale(t), 0)
		in.Case.Current().Document.Finding = h.ID
		list := objects(t, render(t, in))
		for _, kind := range []string{"relationship", "intrusion-set", "threat-actor"} {
			if found := of(list, kind); len(found) > 0 {
				t.Errorf("the finding %s gives %s", h.ID, found[0].raw)
			}
		}
	}
}

// No hypothesis but the finding becomes an object, and the ids that the others
// stand for are on nobody's list.
func TestRejectedHypothesesAreWordsOnly(t *testing.T) {
	records := tale(t)
	for n := 1; n <= len(records); n++ {
		in := input(t, records, n)
		text := render(t, in)
		adopted := ""
		if s := in.Case.Current(); s != nil {
			adopted = string(s.Document.Finding)
		}
		for _, h := range in.Case.Hypotheses {
			if string(h.ID) == adopted {
				continue
			}
			if h.Ref != "" && bytes.Contains(text, []byte(h.Ref)) {
				t.Errorf("%d records: the bundle has %s, for which the rejected %s stands", n, h.Ref, h.ID)
			}
			for _, kind := range []string{"intrusion-set", "threat-actor"} {
				for _, o := range of(objects(t, text), kind) {
					if bytes.Contains(o.raw, []byte(h.Title)) {
						t.Errorf("%d records: the rejected %s is an object: %s", n, h.ID, o.raw)
					}
				}
			}
		}
	}
}

func TestStatementDissentAndReplyLeaveTogether(t *testing.T) {
	records := tale(t)
	for n := published(records, 1); n <= len(records); n++ {
		in := input(t, records, n)
		list := objects(t, render(t, in))
		report := of(list, "report")[0]
		voices := make(map[string]string) // by voter
		denials := 0
		for _, o := range of(list, "opinion") {
			if !slices.Contains(o.Refs, report.ID) {
				t.Errorf("%d records: an opinion on something else: %s", n, o.raw)
			}
			if o.Opinion == "strongly-disagree" {
				denials++
				continue
			}
			if voices[o.CreatedBy] != "" {
				t.Errorf("%d records: two opinions of %s", n, o.CreatedBy)
			}
			voices[o.CreatedBy] = o.Opinion
		}
		opinion := map[attribution.Choice]string{"endorse": "agree", "dissent": "disagree", "abstain": "neutral"}
		votes := in.Case.Current().Standing()
		for _, v := range votes {
			if voices[string(v.By)] != opinion[v.Document.Vote] {
				t.Errorf("%d records: %s voted %s, its opinion is %q", n, v.By, v.Document.Vote, voices[string(v.By)])
			}
			if !strings.Contains(report.Description, v.Document.Words) {
				t.Errorf("%d records: the report does not have what %s said", n, v.By)
			}
		}
		if len(voices) != len(votes) {
			t.Errorf("%d records: %d opinions of %d voters", n, len(voices), len(votes))
		}
		for _, r := range in.Case.Replies {
			if r.Document.Relation == attribution.Denial {
				denials--
			}
			if !strings.Contains(report.Description, r.Document.Text) {
				t.Errorf("%d records: the report does not have the reply of record %d", n, r.Record)
			}
		}
		if denials != 0 {
			t.Errorf("%d records: %d more opinions of the accused than denials", n, denials)
		}
	}
}

// Only a reply that is signed is in the accused's own name.
func TestTheAccusedSpeakForThemselvesIfTheyHaveSigned(t *testing.T) {
	in := input(t, tale(t), 0)
	list := objects(t, render(t, in))
	authors := make(map[string]int)
	for _, o := range list {
		if slices.Equal(o.Authors, []string{"Ministry of Eastland"}) {
			authors[o.CreatedBy]++
		}
	}
	var hub, accused string
	for _, o := range of(list, "identity") {
		if strings.Contains(o.Description, "The hub") {
			hub = o.ID
		}
		if strings.Contains(o.Description, "holds the key") {
			accused = o.ID
		}
	}
	if authors[hub] != 2 || authors[accused] != 3 || len(authors) != 2 {
		t.Errorf("objects by creator %v, want 2 by the hub %s and 3 by the accused %s", authors, hub, accused)
	}
}

func TestWhatIsSimulatedSaysSoEverywhere(t *testing.T) {
	in := input(t, tale(t), 0)
	for _, o := range objects(t, render(t, in)) {
		if o.Type == "marking-definition" || o.Type == "file" { // STIX gives them no labels
			continue
		}
		if !slices.Contains(o.Labels, "simulated") {
			t.Errorf("not labelled: %s", o.raw)
		}
		if words := o.Description + o.Content + o.Explanation; !strings.Contains(words, in.Case.Simulated) && o.Type != "malware-analysis" && o.Type != "relationship" {
			t.Errorf("does not say what is simulated: %s", o.raw)
		}
	}
	in.Case.Simulated = ""
	if text := render(t, in); bytes.Contains(text, []byte("imulated")) {
		t.Error("a case that is real says that something is simulated")
	}
}
