package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// BenchmarkFilters holds how fast a push and a recall are in force in engines
// that an edge feeds, the Linux packet filter and HAProxy, against their limits:
// the real hub, edge and engine, from the hub's acknowledgement to the first
// packet that is dropped, or request that is denied. Beside it stands what the
// engine takes by itself, in the same run and looked at in the same way.
// TOCSIN_BENCH_COLD is how many protections an edge starts with from nothing.
func BenchmarkFilters(b *testing.B) {
	for name, start := range map[string]func(*run) filterEngine{"nft": startPacketFilter, "haproxy": startProxy} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				r := &run{B: b, profiles: os.Getenv("TOCSIN_BENCH_PROFILE")}
				f := &filterRun{run: r, filterEngine: start(r), name: name}
				r.remark("load of the machine before: %s", otherLoad())
				f.warm()
				f.fromNothing(number(b, "TOCSIN_BENCH_COLD", 100_000))
				r.remark("load of the machine after: %s", otherLoad())
				r.print(os.Stdout)
				r.report(b)
			}
		})
	}
}

// filterEngine is a running engine with a hub and what an edge is told to feed it.
type filterEngine interface {
	hub() *hub
	edge(state string, token string) *edge // an edge that feeds the engine
	one(i int) string                      // a value to push
	many(i int) string                     // a value of those that are in force beside it
	stopped(value string) bool             // what a packet or a request to the value meets
	bare(value string)                     // has the engine itself stop a value,
	lift(value string)                     // and lets it through again
	empty()                                // has the engine without anything in force
	load(n int) time.Duration              // what the engine takes to load the first n of many by itself
}

type filterRun struct {
	*run
	filterEngine
	name string
}

const (
	beside      = 1000                   // are in force while others are pushed
	turns       = 200                    // pushes and recalls
	turnsAmong  = 20                     // of them among as many as the edge started with
	betweenLook = 200 * time.Microsecond // between two packets or requests
)

// warm is an edge that runs: one at a time, and a thousand at once.
func (f *filterRun) warm() {
	h := f.hub()
	coordinator := h.as(administrator)
	_, token := h.partner("Of "+f.name, "contributor")
	e := f.edge(f.TempDir(), token)
	defer e.kill()
	f.bulk(coordinator, 0, beside)
	f.until(e, f.many(beside-1), true)
	f.settle(h)
	f.oneByOne(e, coordinator, fmt.Sprintf("%s, %d in force: ", f.name, beside), turns, 100)

	began := time.Now()
	f.bulk(coordinator, beside, 2*beside)
	acknowledged := time.Now()
	for i := beside; i < 2*beside; i++ {
		f.until(e, f.many(i), true)
	}
	f.milliseconds(f.name+": 1,000 at once, from asking to the last in force", f.name+"-thousand/limit", time.Since(began), 1000,
		fmt.Sprintf("of it after the acknowledgement %s ms", amount(ms(time.Since(acknowledged)))))
}

// oneByOne pushes and recalls, one after the other.
func (f *filterRun) oneByOne(e *edge, c caller, what string, n int, limit float64) {
	var came, went, floorCame, floorWent []time.Duration
	for i := range n {
		value := f.one(i)
		_, acknowledged := f.push(c, value)
		came = append(came, f.until(e, value, true).Sub(acknowledged))
		acknowledged = f.recall(c, value)
		went = append(went, f.until(e, value, false).Sub(acknowledged))
		began := time.Now()
		f.bare(value)
		floorCame = append(floorCame, f.until(e, value, true).Sub(began))
		began = time.Now()
		f.lift(value)
		floorWent = append(floorWent, f.until(e, value, false).Sub(began))
	}
	for _, one := range []struct {
		what       string
		all, floor []time.Duration
	}{{"push", came, floorCame}, {"recall", went, floorWent}} {
		note := fmt.Sprintf("p50 %s ms; the engine by itself p50 %s, p99 %s ms", amount(ms(quantile(one.all, 0.5))), amount(ms(quantile(one.floor, 0.5))), amount(ms(quantile(one.floor, 0.99))))
		f.milliseconds(fmt.Sprintf("%s%s, p99 of %d", what, one.what, n), fmt.Sprintf("%s-%s-%.0f/limit", f.name, one.what, limit), quantile(one.all, 0.99), limit, note)
	}
}

// fromNothing is an edge that starts without memory beside a hub that holds n.
func (f *filterRun) fromNothing(n int) {
	h := f.hub()
	coordinator := h.as(administrator)
	f.bulk(coordinator, 2*beside, max(n, 2*beside))
	f.settle(h)
	f.empty()
	own := f.load(n)
	f.empty()
	_, token := h.partner("From nothing, of "+f.name, "contributor")
	told := f.receiptsOf(token)
	began := time.Now()
	e := f.edge(f.TempDir(), token)
	inForce := f.until(e, f.many(n-1), true).Sub(began)
	for i := 0; i < n; i += max(1, n/1000) { // all at once, so a thousand of them tell of the others
		if !f.stopped(f.many(i)) {
			f.Errorf("%s is not in force with the last one", f.many(i))
		}
	}
	what := fmt.Sprintf("%s: %s from nothing, ", f.name, amount(float64(n)))
	f.add(figure{what: what + "from the edge's start to all in force", unit: "s", metric: f.name + "-cold/limit", value: inForce.Seconds(), against: 1.2 * own.Seconds(),
		note: fmt.Sprintf("the engine's own load of the same takes %s s", amount(own.Seconds()))})
	f.remark("%sthe last receipt is on the ledger after %.1f s; the edge holds %s MiB", what, told(n).Sub(began).Seconds(), amount(float64(residentOf(f, e.pid()).all)/mebibyte))
	f.settle(h)
	f.oneByOne(e, coordinator, fmt.Sprintf("%s, %s in force: ", f.name, amount(float64(n))), turnsAmong, 250)
	e.kill()
}

// until looks until a value is stopped, or goes through.
func (f *filterRun) until(e *edge, value string, stopped bool) time.Time {
	f.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(betweenLook) {
		if f.stopped(value) == stopped {
			return time.Now()
		}
	}
	e.alive()
	f.Fatalf("%s: stopped is not %t after %s\n%s", value, stopped, patience, e.said.String())
	return time.Time{}
}

// bulkCall is how many values one call of the hub asks for.
const bulkCall = 20_000

// bulk has many(from) to many(to-1) blocked.
func (f *filterRun) bulk(c caller, from, to int) {
	f.Helper()
	for ; from < to; from += bulkCall {
		in := struct {
			Values   []string `json:"values"`
			Polarity string   `json:"polarity"`
			Reason   string   `json:"reason"`
		}{Polarity: "block", Reason: "measured"}
		for i := from; i < min(to, from+bulkCall); i++ {
			in.Values = append(in.Values, f.many(i))
		}
		text, err := json.Marshal(in)
		if err != nil {
			f.Fatal(err)
		}
		var given struct {
			Given int `json:"given"`
		}
		if c.post("/api/v1/protections/bulk", text, &given); given.Given != len(in.Values) {
			f.Fatalf("of %d values %d are in force", len(in.Values), given.Given)
		}
	}
}

// folder is one whose name is short enough for a socket's in it.
func (r *run) folder() string {
	dir, err := os.MkdirTemp("/tmp", "tocsin-")
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Clean(dir)
}
