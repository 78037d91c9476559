package report

import (
	"cmp"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Report is the after-action report, in reading order. Times are the ledger's,
// UTC, but for those that say that they are of the telemetry.
type Report struct {
	Head      Head      `json:"head"`
	Summary   []Line    `json:"summary"`
	Timeline  []Event   `json:"timeline"`
	Omitted   int       `json:"timeline_omitted,omitzero"` // events of partners like others that are shown
	Curve     []Point   `json:"curve"`
	Known     []Known   `json:"known"`
	Latencies []Stage   `json:"latencies"`
	Acted     Acted     `json:"acted"`
	Chapters  []Chapter `json:"chapters"`
	Model     *Model    `json:"model,omitempty"`
	Unknown   []string  `json:"unknown"` // what is not known, in sentences
}

// Head says what the report is of, for whom, and what it rests on.
type Head struct {
	Incident string            `json:"incident"`
	What     string            `json:"what"` // it is about, in words
	AsOf     time.Time         `json:"as_of"`
	For      Party             `json:"for"`
	Role     access.Role       `json:"role"`
	TLP      access.TLP        `json:"tlp"`      // the narrowest marking of what is shown
	RestsOn  Place             `json:"rests_on"` // the last entry that was folded
	Markings Place             `json:"markings"` // the last entry whose markings were asked
	From     time.Time         `json:"from"`     // since when reports of sightings, receipts and contributions were read
	LeftOut  string            `json:"left_out"`
	State    outbreak.Outbreak `json:"state"` // as of the moment
}

// Place is an entry of the ledger. Its number is for administrators: others could
// tell from two how much they were not shown between them. The hash names it as well.
type Place struct {
	Seq  ledger.Seq  `json:"seq,omitzero"`
	Hash ledger.Hash `json:"hash"`
	Time time.Time   `json:"time"`
}

// Party is a partner as it was called at the moment, or the hub.
type Party struct {
	ID   access.PartnerID `json:"id"`
	Name string           `json:"name"`
}

// Line is one sentence of the summary and where its figures come from.
type Line struct {
	Text string `json:"text"`
	From string `json:"from"`
}

// Event is one thing that happened.
type Event struct {
	At        time.Time  `json:"at"`
	Telemetry time.Time  `json:"telemetry,omitzero"` // when the telemetry has it
	Seq       ledger.Seq `json:"seq,omitzero"`       // for administrators; zero: it follows from several, or did not happen by then
	Kind      string     `json:"kind"`
	Who       *Party     `json:"who,omitempty"`
	Text      string     `json:"text"`
	Repeats   bool       `json:"-"` // another of the same sort is kept rather than this one
}

func compareEvents(a, b Event) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text))
}

// maxEvents bounds the timeline: what is longer nobody reads.
const maxEvents = 1000

// thinned leaves out the last of those that repeat others, then the last.
func thinned(list []Event, n int) []Event {
	over := len(list) - n
	repeats := 0
	for _, e := range list {
		if e.Repeats {
			repeats++
		}
	}
	skip := max(0, repeats-over)
	kept := make([]Event, 0, n)
	for _, e := range list {
		if e.Repeats {
			if skip--; skip < 0 {
				continue
			}
		}
		kept = append(kept, e)
	}
	return kept[:min(n, len(kept))]
}

// Point is how far it had come, as far as the hub had been told.
type Point struct {
	At       time.Time `json:"at"`
	Partners int       `json:"partners"`
	Hosts    int       `json:"hosts"` // the sum of each partner's largest count
}

// Known is one indicator of the incident, and when who knew.
type Known struct {
	observable.Value
	Telemetry   time.Time        `json:"first_in_telemetry,omitzero"` // by the telemetry's clock
	Seen        *Moment          `json:"first_sighting,omitempty"`    // the first report of it
	Partners    int              `json:"partners"`                    // that reported it, of those that may be told
	Contributed *Moment          `json:"first_contribution,omitempty"`
	Protection  string           `json:"protection,omitempty"` // id of the first in force for everyone, or of the first at all
	Polarity    protect.Polarity `json:"polarity,omitempty"`
	Decided     *Moment          `json:"decided,omitempty"`   // first for canary partners, or for all
	Everyone    *Moment          `json:"everyone,omitempty"`  // first for everyone that may be told
	Ended       *Moment          `json:"ended,omitempty"`     // nil: it is in force
	LatencyS    *float64         `json:"latency_s,omitempty"` // from what was known first until Everyone; below zero it was there before
	InForce     *protect.Count   `json:"in_force,omitempty"`  // partners with a receipt of the protection
}

// Moment is an entry and whose it is.
type Moment struct {
	At  time.Time  `json:"at"`
	Seq ledger.Seq `json:"seq,omitzero"` // for administrators
	Who Party      `json:"who"`
}

// Stage is how long one stage took, over N measurements, in seconds.
type Stage struct {
	Name      string   `json:"name"`
	N         int      `json:"n"`
	FewerThan int      `json:"fewer_than,omitzero"` // then N is 0 and nothing else is told
	Median    *float64 `json:"median_s"`
	P95       *float64 `json:"p95_s"` // by nearest rank
	Worst     *float64 `json:"worst_s"`
	From      string   `json:"from"` // what was measured
}

// Chapter is a table of another room: headings, and rows of as many cells.
type Chapter struct {
	Title string     `json:"title"`
	Notes []string   `json:"notes,omitempty"`
	Heads []string   `json:"heads,omitempty"`
	Rows  [][]string `json:"rows,omitempty"`
}
