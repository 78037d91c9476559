package report

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// ofTheIncident is a state of which one value and one port are of the incident.
func ofTheIncident() *seen {
	v := observable.Value{Type: observable.Domain, Text: "worm.example"}
	a := &alarm{about: map[outbreak.Subject]bool{{Kind: outbreak.Scans, Port: 445}: true, {Kind: outbreak.Encryptions, Name: ".locked"}: true}}
	return &seen{
		a: a, values: map[observable.Value]*glimpse{v: {partners: map[access.PartnerID]bool{}}},
		texts: map[string][]observable.Value{v.Text: {v}}, ports: map[uint16]bool{445: true}, files: true,
	}
}

// both reads a body in both ways.
func both(body []byte) (inPlace bool, quick, whole found, err error) {
	s := ofTheIncident()
	quick.e, whole.e = &ledger.Entry{Body: body}, &ledger.Entry{Body: body}
	inPlace = s.inPlace(&quick)
	return inPlace, quick, whole, s.decoded(&whole)
}

// What is read in place is what decoding gives.
func TestInPlaceIsDecoded(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Custom(func(t *rapid.T) time.Time {
			return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
		})
		r := sighting.Report{ID: rapid.StringMatching(`[a-z\\"]{1,8}`).Draw(t, "id"), TLP: rapid.SampledFrom([]string{"", "green", "amber"}).Draw(t, "tlp")}
		for range rapid.IntRange(0, 3).Draw(t, "sightings") {
			r.Sightings = append(r.Sightings, sighting.Sighting{
				Value: observable.Value{Type: rapid.SampledFrom([]observable.Type{observable.Domain, observable.URL}).Draw(t, "type"), Text: rapid.SampledFrom([]string{"worm.example", "other.example"}).Draw(t, "value")},
				Basis: rapid.SampledFrom([]sighting.Basis{sighting.Suspect, sighting.Indicator, sighting.Sinkhole}).Draw(t, "basis"),
				Count: rapid.Int().Draw(t, "count"), Hosts: rapid.Int().Draw(t, "hosts"), FirstSeen: at.Draw(t, "first"), LastSeen: at.Draw(t, "last"),
				Attached: rapid.SampledFrom([]map[string]string{nil, {"port": "445", "value": "worm.example"}}).Draw(t, "attached"),
			})
		}
		for range rapid.IntRange(0, 3).Draw(t, "scans") {
			r.Scans = append(r.Scans, sighting.Scan{
				Port: rapid.SampledFrom([]uint16{445, 22, 44}).Draw(t, "port"), Direction: rapid.SampledFrom([]sighting.Direction{"", sighting.In, sighting.Out}).Draw(t, "direction"),
				Sources: rapid.Int().Draw(t, "sources"), FirstSeen: at.Draw(t, "first"), LastSeen: at.Draw(t, "last"),
			})
		}
		if rapid.Bool().Draw(t, "files") {
			r.Encryptions = []sighting.Encryption{{Extension: ".LOCKED", Hosts: 3, FirstSeen: at.Draw(t, "first"), LastSeen: at.Draw(t, "last")}}
		}
		body, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		inPlace, quick, whole, err := both(body)
		if err != nil {
			t.Fatal(err)
		}
		if !inPlace {
			if len(r.Encryptions) == 0 && !strings.ContainsAny(r.ID, `\\"`) {
				t.Fatalf("not in place: %s", body)
			}
			return
		}
		taken++
		if diff := cmp.Diff(whole.signs, quick.signs, cmp.AllowUnexported(sign{}, glimpse{})); diff != "" || quick.tlp != whole.tlp {
			t.Fatalf("%s is read in place as otherwise:\n%s", body, diff)
		}
	})
	if taken == 0 {
		t.Error("nothing was read in place")
	}
}

// What is no report is left to the decoder, which says what is wrong with it; nothing
// makes it fall over.
func FuzzInPlace(f *testing.F) {
	for _, text := range []string{
		`{}`, `null`, `[]`, ``, `{"scans":[{"port":445,"sources":4}]}`, `{"scans":[{"port":"445"}]}`, `{"scans":[{"port":70000}]}`, `{"scans":{}}`, `{"scans":[1]}`,
		`{"sightings":[{"type":"domain-name","value":"worm.example","basis":"suspect","hosts":3,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:25:00Z"}]}`,
		`{"sightings":[{"value":"worm.example","hosts":1e3}]}`, `{"tlp":1}`, `{"scans":[],"scans":[]}`, ` { "scans" : [ { "port" : 445 , "sources" : 9 } ] } `,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		inPlace, quick, whole, err := both(body)
		if inPlace && err == nil {
			if diff := cmp.Diff(whole.signs, quick.signs, cmp.AllowUnexported(sign{}, glimpse{})); diff != "" {
				t.Errorf("%s is read in place as otherwise:\n%s", body, diff)
			}
		}
	})
}
