package intake_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// tool is a valid object; more are further properties, each with a comma in front.
func tool(n int, more string) string {
	return fmt.Sprintf(`{"type":"tool","spec_version":"2.1","id":"tool--00000000-0000-4000-8000-%012d",`+
		`"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","name":"t%d"%s}`, n, n, more)
}

func bundle(objects ...string) string {
	return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + strings.Join(objects, ",") + `]}`
}

func marked(ref string) string { return `,"object_marking_refs":["` + ref + `"]` }

func read(t *testing.T, text string, s intake.Submission) (intake.Outcome, error) {
	t.Helper()
	if s.Partner == "" {
		s.Partner = partner
	}
	return intake.Read(t.Context(), strings.NewReader(text), s)
}

func part(t *testing.T, d ledger.Draft) contribution.Part {
	t.Helper()
	var p contribution.Part
	if err := json.Unmarshal(d.Body, &p); err != nil {
		t.Fatalf("%v in %.200s", err, d.Body)
	}
	return p
}

func TestAnObjectGoesToTheAudienceOfItsMarking(t *testing.T) {
	friends := []access.PartnerID{"identity--1b0f5f2e-7c57-4f0e-9d3d-5c6b7a8f9e01"}
	given := access.Audience{TLP: access.Amber, Community: "health", Recipients: friends}
	red := stix.TLPMarking("red")
	for _, c := range []struct {
		name, more string
		given      access.Audience
		want       access.Audience
	}{
		{"unmarked, nothing given", "", access.Audience{}, access.ToCommunity(access.Green)},
		{"unmarked", "", given, given},
		{"clear", marked(stix.TLPMarking("clear")), given, access.Audience{TLP: access.Clear, Community: "health"}},
		{"TLP 1 white", marked("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"), given, access.Audience{TLP: access.Clear, Community: "health"}},
		{"amber+strict", marked(stix.TLPMarking("amber+strict")), access.Audience{}, access.ToCommunity(access.AmberStrict)},
		{"red with recipients", marked(red), given, access.Audience{TLP: access.Red, Community: "health", Recipients: friends}},
		{"red without", marked(red), access.Audience{}, access.ToCommunity(access.Red)},
		{"a statement", marked("marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"), access.Audience{}, access.ToCommunity(access.Green)},
		{"two levels", marked(stix.TLPMarking("clear") + `","` + red), access.Audience{}, access.ToCommunity(access.Red)},
		{"a part is red", `,"granular_markings":[{"selectors":["name"],"marking_ref":"` + red + `"}]` + marked(stix.TLPMarking("clear")), access.Audience{}, access.ToCommunity(access.Clear)},
	} {
		out, err := read(t, bundle(tool(1, c.more)), intake.Submission{Audience: c.given})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := out.Drafts[0].Audience; got != c.want.String() {
			t.Errorf("%s: audience %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPartsHoldOneAudienceAndFitAnEntry(t *testing.T) {
	var objects []string
	long := `,"description":"` + strings.Repeat("x", 300<<10) + `"`
	for n := range 9 {
		more := long
		if n%3 == 0 {
			more += marked(stix.TLPMarking("red"))
		}
		objects = append(objects, tool(n, more))
	}
	out, err := read(t, bundle(objects...), intake.Submission{Source: "taxii"})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{}
	for i, d := range out.Drafts {
		if err := d.Validate(); err != nil {
			t.Fatal(err)
		}
		p := part(t, d)
		if p.ID != out.ID || p.Part != i+1 || p.Parts != len(out.Drafts) || p.Source != "taxii" || d.Actor != string(partner) {
			t.Errorf("draft %d is part %d of %d of %s, by %s, from %s", i, p.Part, p.Parts, p.ID, d.Actor, p.Source)
		}
		for _, raw := range p.Objects {
			h, err := stix.ParseHeader(raw)
			if err != nil {
				t.Fatal(err)
			}
			names[d.Audience] = append(names[d.Audience], h.Name)
		}
	}
	want := map[string][]string{"red default": {"t0", "t3", "t6"}, "green default": {"t1", "t2", "t4", "t5", "t7", "t8"}}
	if diff := cmp.Diff(want, names); diff != "" || len(out.Drafts) != 3 {
		t.Errorf("%d parts (-want +got)\n%s", len(out.Drafts), diff)
	}
}

func TestASubmissionSentAgainIsTheSameContribution(t *testing.T) {
	text := bundle(tool(1, ""), tool(2, ""))
	id := func(text string, s intake.Submission) string {
		out, err := read(t, text, s)
		if err != nil {
			t.Fatal(err)
		}
		return out.ID
	}
	first := id(text, intake.Submission{})
	if _, _, err := stix.SplitID(first); err != nil || !strings.HasPrefix(first, "contribution--") {
		t.Errorf("id %s: %v", first, err)
	}
	spaced := strings.NewReplacer(":[", ": [\n", ",", ",\n  ").Replace(text)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, same := range map[string]string{"again": text, "with white space": spaced, "packed": packed.String(), "as an envelope": `{"objects":[` + tool(1, "") + "," + tool(2, "") + `]}`} {
		if got := id(same, intake.Submission{}); got != first {
			t.Errorf("%s: id %s, want %s", name, got, first)
		}
	}
	for name, other := range map[string]string{
		"other content":  id(bundle(tool(1, "")), intake.Submission{}),
		"other order":    id(bundle(tool(2, ""), tool(1, "")), intake.Submission{}),
		"other partner":  id(text, intake.Submission{Partner: "identity--1b0f5f2e-7c57-4f0e-9d3d-5c6b7a8f9e01"}),
		"other audience": id(text, intake.Submission{Audience: access.ToCommunity(access.Red)}),
	} {
		if other == first {
			t.Errorf("%s has the same id", name)
		}
	}
	list := "evil.example\n198.51.100.7\n"
	if id(list, intake.Submission{}) != id("# again\n"+list, intake.Submission{}) {
		t.Error("a list sent again has another id")
	}
}

func TestUnknownTypesAndPropertiesAreKept(t *testing.T) {
	custom := `{"type":"x-acme-thing","spec_version":"2.1","id":"x-acme-thing--00000000-0000-4000-8000-000000000001",` +
		`"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","name":{"a":[1.0,1e2,"\u00e9\/ {[,: "]},"x_acme":null}`
	known := tool(1, `,"x_acme_score":1.50,"x_acme_text":"a  b\n \"q\""`)
	out, err := read(t, bundle(custom, known), intake.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	p := part(t, out.Drafts[0])
	for i, want := range []string{custom, known} {
		if got := string(p.Objects[i]); got != want {
			t.Errorf("object %d is kept as\n%s, want\n%s", i, got, want)
		}
	}
}

func TestBadObjectsRefuseTheWholeOrAreReported(t *testing.T) {
	bad := strings.Replace(tool(2, ""), `"tool"`, `"malware"`, 1)
	pattern := `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000003",` +
		`"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z","pattern":"[a:b = ]"}`
	text := bundle(tool(1, ""), bad, pattern, "5", tool(4, ""))

	var refused *intake.Refused
	out, err := read(t, text, intake.Submission{})
	if !errors.As(err, &refused) || len(out.Drafts) != 0 || out.Accepted != 0 {
		t.Fatalf("error %v, %d drafts", err, len(out.Drafts))
	}
	kept, err := read(t, text, intake.Submission{PerObject: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(refused.Rejected, kept.Rejected); diff != "" {
		t.Errorf("the reports differ:\n%s", diff)
	}
	if kept.Accepted != 2 || len(part(t, kept.Drafts[0]).Objects) != 2 {
		t.Errorf("accepted %d", kept.Accepted)
	}
	places := map[string]string{}
	for _, r := range kept.Rejected {
		places[r.Pointer] = r.Rule
		if r.Line == 0 || r.Reason == "" {
			t.Errorf("%+v says too little", r)
		}
	}
	for pointer, rule := range map[string]string{"/objects/1/id": "id", "/objects/2/pattern": "pattern", "/objects/3": "not-an-object"} {
		if places[pointer] != rule {
			t.Errorf("%s is rejected for %q, want %q (%v)", pointer, places[pointer], rule, places)
		}
	}
}

func TestUnreadableTextRefusesTheWhole(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(bytes.Repeat([]byte("# nothing\n"), 400_000)); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(packed.Bytes())
	damaged[len(damaged)-6] ^= 1
	for _, c := range []struct {
		name, text string
		max        int64
		rule       stix.Rule
	}{
		{"nothing", "", 0, stix.RuleTruncated},
		{"white space", " \n ", 0, stix.RuleTruncated},
		{"cut off", bundle(tool(1, ""))[:200], 0, stix.RuleTruncated},
		{"not JSON", bundle(tool(1, ""), "}"), 0, stix.RuleMalformed},
		{"an array", "[]", 0, stix.RuleNotBundle},
		{"too large", bundle(tool(1, "")), 100, stix.RuleSize},
		{"a bomb", packed.String(), 1 << 20, stix.RuleSize},
		{"gzip cut off", packed.String()[:packed.Len()-3], 0, stix.RuleTruncated},
		{"gzip damaged", string(damaged), 0, stix.RuleMalformed},
		{"gzip without a header", "\x1f\x8b\xff", 0, stix.RuleTruncated},
	} {
		for _, perObject := range []bool{false, true} {
			out, err := read(t, c.text, intake.Submission{MaxBytes: c.max, PerObject: perObject})
			var refused *intake.Refused
			var about *stix.Error
			if !errors.As(err, &refused) || !errors.As(err, &about) || about.Rule != c.rule || len(out.Drafts) != 0 || len(refused.Rejected) == 0 {
				t.Errorf("%s: error %v, want rule %s", c.name, err, c.rule)
			}
		}
	}
}

func TestReadReportsReadersAndCallersErrors(t *testing.T) {
	var refused *intake.Refused
	if _, err := intake.Read(t.Context(), strings.NewReader("{}"), intake.Submission{}); err == nil || errors.As(err, &refused) {
		t.Errorf("without a partner: %v", err)
	}
	if _, err := read(t, "{}", intake.Submission{Format: "csv"}); err == nil || errors.As(err, &refused) {
		t.Errorf("unknown format: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := intake.Read(ctx, strings.NewReader(bundle(tool(1, ""))), intake.Submission{Partner: partner})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	out, err := read(t, `{}`, intake.Submission{})
	if err != nil || out.Accepted != 0 || len(out.Drafts) != 0 {
		t.Errorf("an empty envelope: %d drafts, %v", len(out.Drafts), err)
	}
}

// What another hub tells keeps where it began, gets no wider audience than that hub
// says, and is one contribution for each of that hub's.
func TestFromAnotherHub(t *testing.T) {
	origin := contribution.Origin{
		Hub: "hub--00000000-0000-4000-8000-000000000001", Contribution: "contribution--00000000-0000-4000-8000-000000000002",
		By: "hub", Via: []string{"hub--00000000-0000-4000-8000-000000000001"}, As: "contribution--00000000-0000-4000-8000-000000000002",
	}
	text := bundle(tool(1, marked(stix.TLPMarking("clear"))), tool(2, marked(stix.TLPMarking("red"))), tool(3, ""))
	s := intake.Submission{Audience: access.ToCommunity(access.Green), Bound: true, Origin: &origin, Key: []byte("k")}
	out, err := read(t, text, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"green default", "red default"} {
		if got := out.Drafts[i].Audience; got != want {
			t.Errorf("part %d is for %q, want %q", i, got, want)
		}
		if p := part(t, out.Drafts[i]); p.Origin == nil || !cmp.Equal(*p.Origin, origin) {
			t.Errorf("part %d began in %+v", i, p.Origin)
		}
	}
	other := origin
	other.As = "contribution--00000000-0000-4000-8000-000000000003"
	s.Origin = &other
	again, err := read(t, text, s)
	if err != nil || again.ID == out.ID {
		t.Errorf("another contribution there is the same one here: %s, %v", again.ID, err)
	}
}
