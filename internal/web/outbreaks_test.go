package web

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

var rang = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

// rising is an outbreak of which everything is known.
func rising() outbreak.Outbreak {
	return outbreak.Outbreak{
		ID: "outbreak--1", Port: 445, Raised: rang, FirstSeen: rang.Add(-36 * time.Minute), LastSeen: rang.Add(time.Hour),
		Partners: []access.PartnerID{"a", "b", "c"}, Sectors: []string{"energy", "healthcare"}, Countries: []string{"GB", "NL"}, Sources: 42,
		Rule: "scans of port 445", Kinds: []outbreak.Evidence{outbreak.Scans, outbreak.Word}, Severity: outbreak.Critical, Critical: []string{"healthcare", "energy"},
		Growth: &outbreak.Growth{Rate: outbreak.Interval{Low: 2, Mid: 3.4, High: 5}, Doubling: &outbreak.Interval{Low: 500, Mid: 744, High: 1250}, Settled: true, At: rang},
		Reach:  &outbreak.Reach{Hosts: outbreak.Interval{Low: 310.4, Mid: 1259.6, High: 6233}, Partners: outbreak.Interval{Low: 9, Mid: 20, High: 44}, At: rang},
		Status: outbreak.Open,
	}
}

// shown is the first page of a view, without its frame's white space.
func shown(t *testing.T, v nowView) string {
	t.Helper()
	templates, err := readPage("now")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := templates.Execute(&b, page{Title: "Now", Path: "/", Who: access.Visitor, Reads: true, Now: rang, View: v}); err != nil {
		t.Fatal(err)
	}
	return spaced(b.String())
}

func TestAnOutbreakInWords(t *testing.T) {
	second := rising()
	second.Kinds, second.Severity, second.Growth, second.Reach, second.Critical = []outbreak.Evidence{outbreak.Encryptions}, "", &outbreak.Growth{}, nil, nil
	text := shown(t, nowView{Partners: 9, Further: 2, Outbreaks: []ringing{{Outbreak: rising(), Names: []string{"Clinic One"}, NamesMore: 5}, {Outbreak: second}}})
	for _, want := range []string{
		"Critical severity</span>", "<h1>Spreading attack at 3 partners</h1>", "<h2>Ransomware at 3 partners</h2>",
		"Critical sectors reached:</strong> healthcare, energy.", "12 min (8 min to 21 min)", "1260 (310 to 6233)", "20 (9 to 44)",
		"<dt>Heard after</dt><dd>36 min 0 s</dd>", "hosts of partners contact many others in vain; a designated partner or a coordinator says so.",
		"<dd>none for certain</dd>", "2 more open outbreaks", `a coordinator ends it in the <a href="/outbreaks/outbreak--1">`, "<li><bdi>Clinic One</bdi></li>", "5 more are in the", "open",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Count(text, "<h1>") != 1 || strings.Count(text, "Critical sectors") != 1 || strings.Count(text, "in an hour") != 2 || strings.Count(text, "Estimates from") != 1 {
		t.Error("what is not known of the second outbreak is shown, or it has a first heading as well")
	}
}

func TestWhatEndedSaysWhy(t *testing.T) {
	ended := rising()
	ended.Status, ended.Ended, ended.Because, ended.By = outbreak.Ended, rang.Add(5*time.Hour), "patched everywhere", "identity--cert"
	wrong := ended
	wrong.FalseAlarm, wrong.Because = true, "a scanner <of our own>"
	text := shown(t, nowView{Partners: 9, Ended: []over{{ended, "Agency"}, {wrong, "The hub"}}, EndedMore: 1})
	for _, want := range []string{
		"<h1>No outbreak</h1>", `rings as a coordinator, under <a href="/outbreaks">`, "Spreading attack at 3 partners", "· Agency: patched everywhere",
		`<span class="state">false alarm</span> <a href="/outbreaks/outbreak--1">Spreading`, "· The hub: a scanner &lt;of our own&gt;", ">1 earlier one<",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Count(text, "false alarm") != 1 {
		t.Error("an end that was no false alarm is marked as one")
	}
	if text := shown(t, nowView{SetsUp: true}); !strings.Contains(text, `href="/setup"`) || strings.Contains(text, "Outbreaks that ended") {
		t.Error("an empty hub does not say what to do, or speaks of ends")
	}
}

func TestHeadlines(t *testing.T) {
	for want, kinds := range map[string][]outbreak.Evidence{
		"Spreading ransomware at 3 partners":     {outbreak.Encryptions, outbreak.Suspects},
		"Ransomware at 3 partners":               {outbreak.Encryptions, outbreak.Inbound},
		"Spreading attack at 3 partners":         {outbreak.Inbound, outbreak.Scans},
		"Attack seen by 3 partners":              {outbreak.Inbound, outbreak.Surge},
		"Outbreak, by the word of 3 partners":    {outbreak.Word},
		"Outbreak, by the word of 3 partners, ?": {"of-a-later-release"},
	} {
		o := rising()
		o.Kinds = kinds
		if got := headline(o); got != strings.TrimSuffix(want, ", ?") {
			t.Errorf("%v: %q", kinds, got)
		}
	}
	o := rising()
	o.Partners = nil
	if got := headline(o); got != "Outbreak, by a coordinator's word" {
		t.Errorf("nobody's: %q", got)
	}
}

// An estimate can run away, and what a page says of it stays short.
func TestEstimatesThatRunAway(t *testing.T) {
	for n, want := range map[float64]string{-5: "0", 0.4: "0", 0.5: "1", 12345.6: "12 346", 1e9: "1 000 000 000", 1e300: "over 1 000 000 000", math.Inf(1): "over 1 000 000 000"} {
		if got := spaced(amount(n)); got != want {
			t.Errorf("%g: %q, want %q", n, got, want)
		}
	}
	for seconds, want := range map[float64]string{-1: "0 s", 8.5: "9 s", 119.4: "1 min 59 s", 119.6: "2 min", 7169: "119 min", 7200: "2 h 0 min", 1e300: "11 574 days"} {
		if got := spaced(span(seconds)); got != want {
			t.Errorf("%g: %q, want %q", seconds, got, want)
		}
	}
}

// spaced has one kind of space only.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// Visits to a sinkhole and scans from elsewhere are no spread among partners.
func TestCurvesCountInfectedHosts(t *testing.T) {
	o := rising()
	o.Values = []observable.Value{{Type: observable.Domain, Text: "worm.example"}}
	report := func(sources int, change func(*sighting.Report)) sighting.Report {
		r := sighting.Report{
			Scans:     []sighting.Scan{{Port: o.Port, Sources: sources, LastSeen: rang}},
			Sightings: []sighting.Sighting{{Value: o.Values[0], Basis: sighting.Suspect, Hosts: sources, LastSeen: rang}},
		}
		change(&r)
		return r
	}
	f := newReports()
	f.report(1, "a", report(5, func(*sighting.Report) {}))
	f.report(2, "b", report(700, func(r *sighting.Report) { r.Scans[0].Direction, r.Sightings[0].Basis = sighting.In, sighting.Sinkhole }))
	f.report(3, "c", report(7, func(r *sighting.Report) { r.Scans[0].Direction, r.Sightings = sighting.Out, nil }))
	points, _ := f.growth(o)
	if last := points[len(points)-1]; last.hosts != 12 || last.partners != 2 {
		t.Errorf("%d hosts at %d partners, want 12 at 2", last.hosts, last.partners)
	}
}
