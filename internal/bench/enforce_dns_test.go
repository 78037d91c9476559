package bench

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// BenchmarkResolvers holds how fast a push and a recall are in force at real
// resolvers against their limits and beside what the engines need by themselves: from
// the moment that the hub's answer has arrived to the first answer of the resolver
// that is right. The resolvers are connected and started by what `tocsin feed
// connect` prints; the engines' own time is that after a bare NOTIFY of one change
// by a primary that does nothing else, under the same configuration, asked in the
// same way. TOCSIN_BENCH_COLD is how many names are in force in the second part.
func BenchmarkResolvers(b *testing.B) {
	engines := enginesThere(b)
	if len(engines) == 0 {
		b.Skip("NOT RUN: there is no resolver")
	}
	for range b.N {
		r := &run{B: b, profiles: os.Getenv("TOCSIN_BENCH_PROFILE")}
		s := &resolvers{run: r, names: engines, upstream: r.startUpstream(), loads: map[string]time.Duration{}}
		r.remark("load of the machine before: %s; an engine is asked every %s until it is right", otherLoad(), step)
		s.hub = r.newHub()
		s.coordinator = s.hub.as(administrator)
		_, s.viewer = s.hub.partner("Resolvers", "viewer")
		s.small()
		if cold := number(b, "TOCSIN_BENCH_COLD", 100_000); cold > 0 {
			s.large(cold)
		}
		r.remark("load of the machine after: %s", otherLoad())
		r.print(os.Stdout)
		r.report(b)
	}
}

// resolvers is one hub and the engines that follow it.
type resolvers struct {
	*run
	names       []string // of the engines
	upstream    string
	hub         *hub
	coordinator caller
	viewer      string
	loads       map[string]time.Duration // by engine: from its start to the last name, from a primary that does nothing else
	engines     []*resolver
	pushed      int
}

const (
	inForce  = 1000
	hotTurns = 200
	coldTurn = 50
)

// small is all with a thousand names in force.
func (s *resolvers) small() {
	own := s.floorOf(numbered("standing", inForce), nil, hotTurns, "small")
	s.bulk(numbered("standing", inForce))
	s.follow()
	for _, e := range s.engines {
		e.until(true, numbered("standing", inForce)...)
	}
	s.settle(s.hub)
	var push, gone [][]time.Duration
	s.profiled(s.hub, "resolvers", func() { push, gone = s.turns(hotTurns, 0) })
	for i, engine := range s.names {
		what, metric := fmt.Sprintf("%s, %s in force: ", engine, amount(inForce)), engine+"-"
		s.against(what+"a push", metric+"push", push[i], own[i], 100)
		s.against(what+"a recall", metric+"recall", gone[i], own[i], 100)
	}
	worst := make([]time.Duration, len(s.names))
	const rounds = 5
	for round := range rounds {
		s.settle(s.hub)
		wave := numbered(fmt.Sprintf("wave%d", round), inForce)
		for i, took := range untilAll(s.engines, s.bulk(wave), true, wave...) {
			worst[i] = max(worst[i], took)
		}
	}
	for i, engine := range s.names {
		s.milliseconds(fmt.Sprintf("%s, %s at once: the last, worst of %d", engine, amount(inForce), rounds), engine+"-thousand/limit", worst[i], 1000, "")
	}
	s.hubHolds(fmt.Sprintf("with %s names in force", amount(inForce*(rounds+1))))
}

// follow starts the engines anew, with nothing of theirs left.
func (s *resolvers) follow() {
	s.Helper()
	for i, name := range s.names {
		var at netip.AddrPort
		if i < len(s.engines) {
			s.engines[i].stop()
			at = s.engines[i].at
		} else {
			s.engines = append(s.engines, nil)
		}
		s.engines[i] = s.place(name, at)
		s.engines[i].followHub(s.hub, s.viewer, s.upstream)
	}
}

// turns pushes and recalls, one after the other, and gives by engine how long
// each took: n times, and then for at least so long.
func (s *resolvers) turns(n int, long time.Duration) (push, gone [][]time.Duration) {
	push, gone = make([][]time.Duration, len(s.engines)), make([][]time.Duration, len(s.engines))
	for i, began := 0, time.Now(); i < n || time.Since(began) < long; i++ {
		s.pushed++
		name := fmt.Sprintf("push%d.evil.example", s.pushed)
		_, acknowledged := s.push(s.coordinator, name)
		s.note(push, untilAll(s.engines, acknowledged, true, name))
		s.note(gone, untilAll(s.engines, s.recall(s.coordinator, name), false, name))
	}
	return push, gone
}

func (s *resolvers) note(all [][]time.Duration, took []time.Duration) {
	for i := range took {
		all[i] = append(all[i], took[i])
	}
}

// bulk has names blocked in one call, and gives when that was acknowledged.
func (s *resolvers) bulk(names []string) (acknowledged time.Time) {
	s.Helper()
	body, err := json.Marshal(map[string]any{"values": names, "polarity": "block", "reason": "measured"})
	if err != nil {
		s.Fatal(err)
	}
	var answer struct {
		Given int `json:"given"`
	}
	s.coordinator.post("/api/v1/protections/bulk", body, &answer)
	if answer.Given != len(names) {
		s.Fatalf("of %d names %d are in force", len(names), answer.Given)
	}
	return time.Now()
}

// numbered are names of a kind, spread over a hundred parents.
func numbered(kind string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%06d.part%02d.example", kind, i, i%100)
	}
	return names
}

// against adds the median and the 99th percentile beside the engine's own.
func (s *resolvers) against(what, metric string, took, own []time.Duration, limit float64) {
	note := func(q float64) string {
		return fmt.Sprintf("engine alone %s ms: %s times", amount(ms(quantile(own, q))), amount(ms(quantile(took, q))/ms(quantile(own, q))))
	}
	s.milliseconds(what+" is in force, median", metric+"-p50/limit", quantile(took, 0.5), limit, note(0.5))
	s.milliseconds(what+" is in force, 99 of 100", metric+"-p99/limit", quantile(took, 0.99), limit, fmt.Sprintf("%s; the worst of %d %s ms", note(0.99), len(took), amount(ms(quantile(took, 1)))))
}

func (s *resolvers) hubHolds(when string) {
	held := residentOf(s, s.hub.pid())
	s.remark("the hub %s holds %s MiB, %s of it anonymous", when, amount(float64(held.all)/mebibyte), amount(float64(held.anon)/mebibyte))
	for _, e := range s.engines {
		s.remark("%s holds %s MiB", e.engine, amount(float64(residentOf(s, e.cmd.Process.Pid).all)/mebibyte))
	}
}
