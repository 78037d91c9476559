package intake_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/stix"
)

const (
	feodo     = "\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"\n\"2017-05-12 07:43:00\",\"203.0.113.9\",\"443\",\"online\",\"2017-05-13\",\"Dridex\"\n"
	feodoJSON = `[{"ip_address":"203.0.113.9","port":443,"status":"online","first_seen":"2017-05-12 07:43:00","last_online":"2017-05-13","malware":"Dridex"}]`
	urlhaus   = `{"1":[{"dateadded":"2017-05-12 07:43:00 UTC","url":"http://evil.example/a","url_status":"online","tags":["x"],"urlhaus_link":"https://urlhaus.abuse.ch/url/1/"}]}`
	threatfox = `{"query_status":"ok","data":[{"id":"1","ioc":"evil.example","ioc_type":"domain","first_seen":"2017-05-12 07:43:00 UTC"}]}`
	kev       = `{"title":"t","catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2017-0144","dateAdded":"2022-02-10"}]}`
	mispEvent = `{"Event":{"uuid":"5915c1a4-0000-4000-8000-000000000001","info":"i","Attribute":[{"uuid":"5915c1a4-0000-4000-8000-000000000002","type":"domain","value":"evil.example","to_ids":true,"timestamp":"1494574980"}]}}`
)

func TestTheFormatIsFoundOutFromTheFirstBytes(t *testing.T) {
	csv := func(q string) intake.Submission {
		var s intake.Submission
		v, err := url.ParseQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Declare(v); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		name, text string
		s          intake.Submission
		want       intake.Format
		accepted   int
	}{
		{"a bundle", bundle(tool(1, "")), intake.Submission{}, intake.STIX, 1},
		{"an object alone", tool(1, `,"x_event":{"a":1}`), intake.Submission{}, intake.STIX, 1},
		{"an envelope", `{"more":false,"objects":[` + tool(1, "") + `]}`, intake.Submission{}, intake.STIX, 1},
		{"a list", "evil.example\n", intake.Submission{}, intake.List, 1},
		{"an event", mispEvent, intake.Submission{}, intake.MISP, 4},
		{"a list of events", "\n[" + mispEvent + "]", intake.Submission{}, intake.MISP, 4},
		{"a response", `{"response":[` + mispEvent + "]}", intake.Submission{}, intake.MISP, 4},
		{"an event without the wrapper", mispEvent[len(`{"Event":`) : len(mispEvent)-1], intake.Submission{}, intake.MISP, 4},
		{"Feodo CSV", "# comment\n" + feodo, intake.Submission{}, intake.Feodo, 3},
		{"Feodo JSON", feodoJSON, intake.Submission{}, intake.Feodo, 3},
		{"URLhaus JSON", urlhaus, intake.Submission{}, intake.URLhaus, 1},
		{"ThreatFox of the API", threatfox, intake.Submission{}, intake.ThreatFox, 1},
		{"KEV", kev, intake.Submission{}, intake.KEV, 1},
		{"CSV as declared", "a;evil.example\n", csv("columns=,host:domain&delimiter=%3B"), intake.CSV, 1},
	} {
		out, err := read(t, c.text, c.s)
		if err != nil || out.Format != c.want || out.Accepted != c.accepted {
			t.Errorf("%s: %s, %d accepted, want %s and %d: %v", c.name, out.Format, out.Accepted, c.want, c.accepted, err)
		}
		again, err := read(t, c.text, c.s)
		if err != nil || again.ID != out.ID {
			t.Errorf("%s: sent again it is another contribution", c.name)
		}
	}
	var refused *intake.Refused
	if _, err := read(t, "host,seen\nevil.example,2017\n", intake.Submission{}); !errors.As(err, &refused) {
		t.Errorf("CSV that nobody declared: %v", err)
	}
}

func TestADeclarationIsChecked(t *testing.T) {
	for _, bad := range []string{"format=pdf", "columns=nothing", "delimiter=%3B", "columns=value&delimiter=%3B%3B", "columns=value&comment=%2C", "columns=value&header=maybe", "sharing_groups=x", "sharing_groups=x%3Da+b"} {
		var s intake.Submission
		v, err := url.ParseQuery(bad)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Declare(v); err == nil || strings.TrimSpace(err.Error()) == "" {
			t.Errorf("%s is taken", bad)
		}
	}
	s := intake.Submission{}
	if err := s.Declare(url.Values{"sharing_groups": {"a=x, b=y"}, "format": {"auto"}}); err != nil || s.Format != intake.Auto {
		t.Errorf("%v %+v", err, s)
	}
	if diff := cmp.Diff(map[string]string{"a": "x", "b": "y"}, s.SharingGroups); diff != "" {
		t.Error(diff)
	}
}

// A value that stands in two lists is one version, with the same bytes.
func TestAValueListedAgainIsTheSameVersion(t *testing.T) {
	object := func(list string) string {
		out, err := read(t, list, intake.Submission{})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Taken) != out.Accepted || !strings.HasPrefix(out.Taken[0].ID, "indicator--") || !out.Taken[0].Version.Equal(time.Unix(0, 0)) {
			t.Errorf("taken %+v", out.Taken)
		}
		return string(part(t, out.Drafts[0]).Objects[0])
	}
	if a, b := object("evil.example\n"), object("Evil.Example. # again\nother.example\n"); a != b {
		t.Errorf("first\n%s\nthen\n%s", a, b)
	}
}

func TestAVersionThatStandsThereTwice(t *testing.T) {
	out, err := read(t, bundle(tool(1, ""), tool(2, ""), strings.Replace(tool(1, ""), ",", ",\n ", 1)), intake.Submission{})
	if err != nil || out.Accepted != 2 || out.Repeated != 1 {
		t.Errorf("the same bytes: %d accepted, %d repeated, %v", out.Accepted, out.Repeated, err)
	}
	text := bundle(tool(1, ""), tool(1, `,"description":"other"`), strings.Replace(tool(1, ""), `"modified":"2017`, `"modified":"2018`, 1))
	out, err = read(t, text, intake.Submission{PerObject: true})
	if err != nil || out.Accepted != 2 || len(out.Rejected) != 1 || out.Rejected[0].Rule != string(intake.RuleTwice) || out.Rejected[0].Pointer != "/objects/1/modified" {
		t.Errorf("other content: %+v, %v", out, err)
	}
	if _, err := read(t, text, intake.Submission{}); err == nil {
		t.Error("the whole is taken")
	}
}

func TestAWarningDoesNotRefuse(t *testing.T) {
	noVersion4 := strings.Replace(tool(1, ""), "0000-4000-8000", "0000-1000-8000", 1)
	out, err := read(t, bundle(noVersion4), intake.Submission{})
	if err != nil || out.Accepted != 1 {
		t.Fatal(out, err)
	}
	for _, w := range out.Warnings {
		if w.Pointer == "" || w.Reason == "" || !strings.HasPrefix(w.Pointer, "/objects/0") {
			t.Errorf("%+v", w)
		}
	}
	var many []string
	for n := range 1500 {
		many = append(many, strings.Replace(tool(n, ""), "0000-4000-8000", "0000-1000-8000", 1))
	}
	out, err = read(t, bundle(many...), intake.Submission{})
	if err != nil || out.WarningCount < 1500 || len(out.Warnings) != 100 {
		t.Errorf("%d warnings of %d, %v", len(out.Warnings), out.WarningCount, err)
	}
}

func TestAPartMarkedRedNamesItsRecipients(t *testing.T) {
	friends := []access.PartnerID{"identity--1b0f5f2e-7c57-4f0e-9d3d-5c6b7a8f9e01"}
	granular := func(level string) string {
		return `,"granular_markings":[{"selectors":["name"],"marking_ref":"` + stix.TLPMarking(level) + `"}]`
	}
	for _, c := range []struct {
		more       string
		granular   bool
		recipients int
	}{{"", false, 0}, {granular("amber"), true, 0}, {granular("red"), true, 1}} {
		out, err := read(t, bundle(tool(1, c.more)), intake.Submission{Audience: access.Audience{TLP: access.Green, Community: "default", Recipients: friends}})
		if err != nil {
			t.Fatal(err)
		}
		p := part(t, out.Drafts[0])
		if len(p.Recipients) != c.recipients || p.Granular != c.granular {
			t.Errorf("%s: recipients %v, granular %t", c.more, p.Recipients, p.Granular)
		}
	}
}

func TestAMISPEventsPartsGoToTheirOwnAudiences(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "misp", "testdata", "wannacry.json"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := read(t, string(text), intake.Submission{SharingGroups: map[string]string{"health sector": "health"}, Audience: access.Audience{TLP: access.Green, Recipients: []access.PartnerID{"identity--1b0f5f2e-7c57-4f0e-9d3d-5c6b7a8f9e01"}}})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]string{}
	for _, d := range out.Drafts {
		for _, raw := range part(t, d).Objects {
			h, err := stix.ParseHeader(raw)
			if err != nil {
				t.Fatal(err)
			}
			at[h.ID[len(h.ID)-3:]] += d.Audience
		}
	}
	for id, want := range map[string]string{"007": "green default", "073": "red default", "074": "amber+strict health", "076": "amber+strict default"} {
		if at[id] != want {
			t.Errorf("%s goes to %q, want %q", id, at[id], want)
		}
	}
}

func TestAPreviewShowsWhatWouldBeTaken(t *testing.T) {
	list := "evil.example\n198.51.100.7\n203.0.113.0/24\nevil2.example\nevil.example\nlocalhost\n24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c\n"
	shown, err := intake.Preview(t.Context(), strings.NewReader(list), intake.Submission{Partner: partner})
	if err != nil {
		t.Fatal(err)
	}
	want := []intake.Kind{
		{Kind: "indicator domain-name", Count: 2, Samples: []string{"evil.example", "evil2.example"}},
		{Kind: "indicator ipv4-addr", Count: 2, Samples: []string{"198.51.100.7", "203.0.113.0/24"}},
		{Kind: "indicator file SHA-256", Count: 1, Samples: []string{"24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c"}},
	}
	if diff := cmp.Diff(want, shown.Kinds); diff != "" {
		t.Error(diff)
	}
	if shown.Format != intake.List || shown.Accepted != 5 || shown.Repeated != 1 || shown.RejectedCount != 1 || shown.Rejected[0].Line != 6 {
		t.Errorf("%+v", shown)
	}
	if len(shown.Audiences) != 1 || shown.Audiences[0].TLP != access.Green || shown.Audiences[0].Count != 5 {
		t.Errorf("%+v", shown.Audiences)
	}
}
