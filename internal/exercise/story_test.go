package exercise_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// story plays a scenario through the real readers and detectors: what a world
// emits is read as telemetry, watched by one detector a site, reported to one
// hub's state, and where that raises an outbreak every site is protected from
// the next tick on, if it is told.
type story struct {
	t         *testing.T
	world     *exercise.World
	sites     []exercise.Site
	detectors []*outbreak.Detector
	hub       *outbreak.State
	head      ledger.Head
	lines     int
	tell      bool // whether an alarm protects
	told      bool
	suspects  map[observable.Value]int // sites that reported it
	alarms    []outbreak.Outbreak
	infected  int // when the first alarm was raised
	texts     []*bytes.Buffer
	readers   []*telemetry.Reader
}

func newStory(t *testing.T, s exercise.Scenario, seed uint64, tell bool) *story {
	st := &story{t: t, world: s.World(seed), hub: outbreak.NewState(outbreak.Config{}), tell: tell, suspects: map[observable.Value]int{}}
	st.sites = st.world.Sites()
	for range st.sites {
		text := &bytes.Buffer{}
		st.texts = append(st.texts, text)
		st.readers = append(st.readers, telemetry.NewEVE(text, telemetry.Options{}))
		st.detectors = append(st.detectors, outbreak.NewDetector(outbreak.DetectorConfig{}))
	}
	return st
}

func (st *story) play() {
	for st.world.Step(func(int) bool { return st.told }) {
		for i := range st.sites {
			st.watch(i)
		}
		for _, d := range st.hub.Pending(st.world.Now()) {
			st.append(d)
			if d.Kind == outbreak.KindRaised {
				if len(st.alarms) == 0 {
					st.infected = st.world.Infected()
				}
				var o outbreak.Outbreak
				if err := json.Unmarshal(d.Body, &o); err != nil {
					st.t.Fatal(err)
				}
				st.alarms = append(st.alarms, o)
				st.told = st.tell
			}
		}
	}
}

func (st *story) watch(site int) {
	lines, err := st.world.Emit(site, st.texts[site])
	if err != nil {
		st.t.Fatal(err)
	}
	st.lines += lines
	for range lines { // never to the end, so that the reader can go on after the next tick
		e, err := st.readers[site].Next()
		if err != nil {
			st.t.Fatalf("%s: %v: %+v", st.sites[site].Name, err, st.readers[site].Stats())
		}
		feed(st.detectors[site], e)
	}
	seen, scans := st.detectors[site].Take()
	if len(seen)+len(scans) == 0 {
		return
	}
	for _, s := range seen {
		st.suspects[s.Value]++
	}
	body, err := json.Marshal(sighting.Report{
		ID: strconv.Itoa(site) + "/" + strconv.FormatInt(st.world.Now().Unix(), 10), Sector: st.sites[site].Sector,
		Country: st.sites[site].Country, Sightings: seen, Scans: scans,
	})
	if err != nil {
		st.t.Fatal(err)
	}
	st.append(ledger.Draft{Kind: sighting.KindReported, Actor: "identity--" + strconv.Itoa(site), Body: body})
}

func (st *story) append(d ledger.Draft) {
	e, _, err := ledger.Seal(d, st.head, st.world.Now())
	if err != nil {
		st.t.Fatal(err)
	}
	st.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	if err := st.hub.Apply(e); err != nil {
		st.t.Fatal(err)
	}
}

// feed does what an edge does with an event.
func feed(d *outbreak.Detector, e *telemetry.Event) {
	switch e.Kind {
	case telemetry.Flow:
		if e.Contact {
			d.Contact(e.Source, e.Target, e.TargetPort, e.Failed, e.Time)
		}
	case telemetry.DNS, telemetry.File:
		for _, o := range e.Observables {
			switch {
			case e.Kind == telemetry.DNS && o.Type == observable.Domain:
				d.Asked(e.Source, o.Value, e.NXDomain, e.Time)
			case e.Kind == telemetry.File && o.Type == observable.SHA256:
				d.File(e.Target, o.Value, e.Time)
			}
		}
	}
}

func find(t *testing.T, name string) exercise.Scenario {
	t.Helper()
	s, err := exercise.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wormValues are the only values that may be suspect.
func wormValues(t *testing.T, s exercise.Scenario) map[observable.Value]bool {
	t.Helper()
	name, err := observable.New(observable.Domain, s.Worm.KillSwitch)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := observable.New(observable.SHA256, s.Worm.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return map[observable.Value]bool{name: true, hash: true}
}

func TestTheWormIsFoundEarlyAndNothingElse(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Hours = 0.75
	for _, seed := range []uint64{1, 2, 3} {
		st := newStory(t, s, seed, true)
		st.play()
		if len(st.alarms) != 1 {
			t.Fatalf("seed %d: %d outbreaks were raised, want one: %+v", seed, len(st.alarms), st.alarms)
		}
		if share := float64(st.infected) / float64(st.world.Hosts()); share >= 0.02 {
			t.Errorf("seed %d: %.4f of the hosts were infected at the alarm", seed, share)
		}
		if share := float64(st.world.Infected()) / float64(st.world.Hosts()); share >= 0.02 {
			t.Errorf("seed %d: %.4f of the hosts were infected in the end", seed, share)
		}
		want := wormValues(t, s)
		for v := range want {
			if st.suspects[v] < 2 {
				t.Errorf("seed %d: %s was suspect at %d sites", seed, v, st.suspects[v])
			}
		}
		for v := range st.suspects {
			if !want[v] {
				t.Errorf("seed %d: benign %s was suspect", seed, v)
			}
		}
		o := st.hub.List()[0]
		if o.Port != s.Worm.Port || len(o.Partners) < 2 || len(o.Evidence) < 2 {
			t.Errorf("seed %d: outbreak %+v", seed, o)
		}
		t.Logf("seed %d: alarm %s after the first infection with %d infected, %d in the end, %d stopped, %d lines; %s",
			seed, st.alarms[0].Raised.Sub(st.world.FirstInfection()), st.infected, st.world.Infected(), st.world.Stopped(), st.lines, o.Rule)
	}
}

func TestNothingBenignIsSuspectWhereEveryoneIsInfected(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Partners, s.Hosts, s.Hours = 6, 9_000, 3
	st := newStory(t, s, 4, false)
	st.play()
	if share := float64(st.world.Infected()) / float64(st.world.Hosts()); share < 0.5 {
		t.Fatalf("only %.2f of the hosts are infected: the test shows nothing", share)
	}
	want := wormValues(t, s)
	for v := range st.suspects {
		if !want[v] {
			t.Errorf("benign %s was suspect at %d sites", v, st.suspects[v])
		}
	}
	o := st.hub.List()
	if len(o) != 1 {
		t.Fatalf("%d outbreaks, want one: %+v", len(o), o)
	}
	t.Logf("%d infected, %d lines, %d entries, sources %d", st.world.Infected(), st.lines, st.head.Seq, o[0].Sources)
}

func TestAFalseAlarmRaisesNothing(t *testing.T) {
	s := find(t, "false-alarm")
	s.Partners, s.Hosts, s.Hours = 20, 50_000, 3.2
	st := newStory(t, s, 1, true)
	st.play()
	if len(st.alarms) != 0 || len(st.suspects) != 0 {
		t.Errorf("raised: %+v, suspects: %v", st.alarms, st.suspects)
	}
	if st.head.Seq == 0 {
		t.Error("not one scanner was reported: the scenario tempts nobody")
	}
	t.Logf("%d lines, %d reports", st.lines, st.head.Seq)
}

func TestAQuietDayHasNoSuspects(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Worm.Seeds = 0
	s.Partners, s.Hosts = 12, 30_000
	st := newStory(t, s, 9, false)
	st.play()
	if len(st.alarms) != 0 || len(st.suspects) != 0 {
		t.Errorf("raised: %+v, suspects: %v", st.alarms, st.suspects)
	}
	if int(st.head.Seq) > len(st.sites) {
		t.Errorf("%d reports in eight quiet hours at %d sites", st.head.Seq, len(st.sites))
	}
}
