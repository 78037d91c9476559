package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// BenchmarkHub holds the speed and the memory of a hub against their floors and
// limits, all in one run. One turn takes minutes, so there is one.
func BenchmarkHub(b *testing.B) {
	for range b.N {
		r := &run{B: b, objects: number(b, "TOCSIN_BENCH_OBJECTS", 100_000) / (10 * envelopeSize) * (10 * envelopeSize), profiles: os.Getenv("TOCSIN_BENCH_PROFILE")}
		if r.objects == 0 {
			b.Fatalf("TOCSIN_BENCH_OBJECTS: use at least %d", 10*envelopeSize)
		}
		r.loader = startLoader(b)
		r.remark("load of the machine before: %s", otherLoad())
		r.acceptance()
		r.knowledgeBase()
		r.large()
		r.remark("load of the machine after: %s", otherLoad())
		r.print(os.Stdout)
		r.report(b)
	}
}

// run is one turn of the benchmark.
type run struct {
	*testing.B
	figures
	loader   *loader
	objects  int
	profiles string
}

// newHub starts a hub on new data.
func (r *run) newHub() *hub {
	r.Helper()
	h := startHub(r, filepath.Join(r.TempDir(), "data"), r.profiles != "")
	h.ready()
	return h
}

// profiled runs a stage; if profiles are wanted, under the hub's profiler.
func (r *run) profiled(h *hub, stage string, do func()) {
	r.Helper()
	if r.profiles == "" {
		do()
		return
	}
	h.probe(syscall.SIGUSR2)
	do()
	h.probe(syscall.SIGUSR2)
	for _, kind := range []string{"cpu.pprof", "heap.pprof"} {
		if err := os.Rename(filepath.Join(h.probes, kind), filepath.Join(r.profiles, stage+"."+kind)); err != nil {
			r.Fatal(err)
		}
	}
}

// cores says how much of the machine a stage took.
func cores(processor time.Duration, seconds float64) string {
	return fmt.Sprintf("%.2f", processor.Seconds()/seconds)
}

// rest waits until a hub has had nothing to do for five seconds, and gives what
// it holds.
func (r *run) rest(h *hub) resident {
	time.Sleep(5 * time.Second)
	return residentOf(r, h.pid())
}

// atRest adds the figure of a hub at rest.
func (r *run) atRest(h *hub, what, metric string, limit float64) {
	r.Helper()
	held := r.rest(h)
	r.add(figure{what: "at rest, " + what, unit: "MiB", metric: metric, value: float64(held.all) / mebibyte, against: limit,
		note: fmt.Sprintf("%s MiB of it anonymous", amount(float64(held.anon)/mebibyte))})
}
