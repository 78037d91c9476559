package bench

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry/made"
)

// What an edge tells the hub is what its sensor wrote, event by event, whatever
// happens meanwhile: the log is rotated, the hub is away, the edge is killed,
// indicators come and go. Its memory does not grow with what it reads.
// TOCSIN_SOAK_MINUTES is how long it takes (make soak).
func TestMatchingSoak(t *testing.T) {
	s := newMatchingSoak(t)
	minutes := number(t, "TOCSIN_SOAK_MINUTES", 0)
	plan := soakPlan{lasting: 12 * time.Second, pushEvery: 2 * time.Second, absence: time.Second, hubFails: []float64{0.3}, edgeDies: 0.6}
	if minutes > 0 {
		plan = soakPlan{lasting: time.Duration(minutes) * time.Minute, pushEvery: 5 * time.Second, absence: 15 * time.Second, hubFails: []float64{0.1, 0.4, 0.7}, edgeDies: 0.25}
		s.sensor.largest = 256 * mebibyte
	}
	s.start()
	s.carryOut(plan)
	s.settle()
	s.compare()
	if minutes >= 4 {
		s.flat()
	}
}

// soakPlan is what happens when; shares are of the time that it takes.
type soakPlan struct {
	lasting, pushEvery time.Duration
	absence            time.Duration // of the hub, each time
	hubFails           []float64
	edgeDies           float64
}

// matchingSoak is a hub, an edge, its sensor, and a partner that tells what it
// knows.
type matchingSoak struct {
	*testing.T
	random *rand.Rand
	hub    *hub
	edge   *edge
	pid    atomic.Int64 // of the edge, for the sensor
	sensor *sensor
	failed chan error // the sensor's end

	folder        string
	own           made.Indicators
	token, friend string // of the edge's partner, and of the other one
	friendID      string
	shown         *push // what the sensor shows and nobody has told of
	pushes        []*push
	withdrawn     map[observable.Value]bool
	memory        []resident // of the edge, since it was started last
	taken         []time.Time
	outages       int
}

// push is a contribution.
type push struct {
	id     string
	values []observable.Value
}

// soakKnown is how many indicators the edge's partner has in a list of its own,
// most of which the other partner has told of before the edge starts, and
// pushSize how many a contribution brings.
const (
	soakKnown = 2000
	pushSize  = 10
)

func newMatchingSoak(t *testing.T) *matchingSoak {
	t.Helper()
	seed := uint64(number(t, "TOCSIN_SOAK_SEED", int(time.Now().UnixMilli())))
	t.Logf("again with TOCSIN_SOAK_SEED=%d", seed)
	s := &matchingSoak{T: t, random: rand.New(rand.NewPCG(seed, 1)), folder: t.TempDir(), failed: make(chan error, 1), withdrawn: map[observable.Value]bool{}}
	s.own = made.Indicators{Seed: seed, N: soakKnown}
	logs := filepath.Join(s.folder, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	s.sensor = &sensor{dir: logs, noise: newNoise(seed, s.own, 20_000), largest: 64 * mebibyte, wrote: map[observable.Value]int{}}
	for _, v := range s.own.All() {
		s.sensor.known = append(s.sensor.known, v)
	}
	return s
}

// start starts all of them.
func (s *matchingSoak) start() {
	s.Helper()
	s.hub = startHub(s, filepath.Join(s.folder, "data"), false)
	s.hub.ready()
	_, s.token = s.hub.partner("Partner One", "contributor")
	s.friendID, s.friend = s.hub.partner("Partner Two", "contributor")
	shared := &push{}
	for _, v := range s.sensor.known {
		if v.Type != observable.JA3 { // what has no path in STIX stays the partner's own
			shared.values = append(shared.values, v)
		}
	}
	s.contribute(shared)
	list, err := os.Create(s.list())
	if err == nil {
		err = s.own.WriteList(list)
	}
	if err == nil {
		err = list.Close()
	}
	if err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(s.sensor.path(), nil, 0o600); err != nil {
		s.Fatal(err)
	}
	s.sensor.follows = func() string { return reading(int(s.pid.Load()), s.sensor.dir) }
	s.startEdge()
	for began := time.Now(); s.sensor.follows() == ""; time.Sleep(pause) {
		if s.edge.alive(); time.Since(began) > patience {
			s.Fatalf("the edge does not read %s after %s\n%s", s.sensor.path(), patience, s.edge.said.String())
		}
	}
	random := rand.New(rand.NewPCG(s.random.Uint64(), 2))
	go func() { s.failed <- s.sensor.run(random) }()
}

func (s *matchingSoak) list() string { return filepath.Join(s.folder, "own.txt") }

func (s *matchingSoak) startEdge() {
	s.Helper()
	s.edge = startEdge(s.hub, s.token, filepath.Join(s.folder, "state"), "--eve", s.sensor.path(), "--indicators", s.list())
	s.pid.Store(int64(s.edge.pid()))
	s.memory, s.taken = nil, nil
}

// discover has a partner find what nobody knows yet.
func (s *matchingSoak) discover(count int) *push {
	p := &push{}
	for range count {
		p.values = append(p.values, observable.Value{Type: observable.Domain, Text: fmt.Sprintf("c2-%012x.pushed.example", s.random.Uint64()>>16)})
	}
	return p
}

// stixPaths are where patterns look for values.
var stixPaths = map[observable.Type]string{
	observable.Domain: "domain-name:value", observable.IPv4: "ipv4-addr:value", observable.URL: "url:value", observable.SHA256: "file:hashes.'SHA-256'",
}

// contribute has the other partner tell it.
func (s *matchingSoak) contribute(p *push) *push {
	s.Helper()
	var objects []string
	for _, v := range p.values {
		objects = append(objects, fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","indicator_types":["malicious-activity"],"pattern":"[%s = '%s']","pattern_type":"stix","valid_from":"2017-05-12T08:00:00Z"}`,
			uuidOf(s.random), stixPaths[v.Type], v.Text))
	}
	var accepted struct {
		ID string `json:"id"`
	}
	s.hub.as(s.friend).post("/api/v1/contributions", fmt.Appendf(nil, `{"type":"bundle","id":"bundle--%s","objects":[%s]}`, uuidOf(s.random), strings.Join(objects, ",")), &accepted)
	p.id = accepted.ID
	return p
}

// carryOut has everything happen that is planned.
func (s *matchingSoak) carryOut(plan soakPlan) {
	s.Helper()
	began := time.Now()
	due := func(share float64) bool { return time.Since(began) > time.Duration(share*float64(plan.lasting)) }
	for fails, died := 0, false; time.Since(began) < plan.lasting; {
		s.pushOn()
		switch {
		case fails < len(plan.hubFails) && due(plan.hubFails[fails]):
			s.loseHub(fails, plan.absence)
			fails++
		case !died && due(plan.edgeDies):
			s.loseEdge()
			died = true
		default:
			s.watch(plan.pushEvery)
		}
	}
}

// watch looks on for a while.
func (s *matchingSoak) watch(lasting time.Duration) {
	s.Helper()
	select {
	case err := <-s.failed:
		s.Fatalf("the sensor ended: %v", err)
	case <-time.After(lasting):
	}
	s.edge.alive()
	s.memory, s.taken = append(s.memory, residentOf(s, s.edge.pid())), append(s.taken, time.Now())
}

// pushOn has the other partner tell what the sensor has shown for a while, and
// the sensor show what nobody knows. Of three contributions the partner takes
// one back, or has it erased.
func (s *matchingSoak) pushOn() {
	s.Helper()
	if s.shown != nil {
		s.pushes = append(s.pushes, s.contribute(s.shown))
	}
	s.shown = s.discover(pushSize)
	s.sensor.push(s.shown.values...)
	if n := len(s.pushes); n == 0 || n%3 > 0 {
		return
	}
	back, ending, who := s.pushes[len(s.pushes)-2], "withdrawal", s.friend
	if len(s.pushes)%2 > 0 {
		ending, who = "erasure", administrator
	}
	s.sensor.unpush(back.values...)
	for _, v := range back.values {
		s.withdrawn[v] = true
	}
	status, text := s.hub.as(who).call(http.MethodPost, "/api/v1/contributions/"+back.id+"/"+ending, "application/json", fmt.Appendf(nil, `{"reason":"it was a mistake","owner":%q}`, s.friendID))
	if status != http.StatusNoContent {
		s.Fatalf("%s of %s: status %d: %s", ending, back.id, status, text)
	}
}
