package bench

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkScale holds a hub of TOCSIN_BENCH_SCALE objects, default 1,000,000, against
// one of a tenth of them beside it, and measures what each further object, sighting and
// partner costs: what docs/scale.md projects from.
func BenchmarkScale(b *testing.B) {
	for range b.N {
		const step = 100 * envelopeSize
		r := &run{B: b, objects: number(b, "TOCSIN_BENCH_SCALE", 1_000_000) / step * step, profiles: os.Getenv("TOCSIN_BENCH_PROFILE")}
		if r.objects == 0 {
			b.Fatalf("TOCSIN_BENCH_SCALE: use at least %d", step)
		}
		func() {
			defer r.print(os.Stdout) // also what there is when something fails: a run takes long
			r.loader = startLoader(b)
			r.remark("load of the machine before: %s", otherLoad())
			r.seen()
			r.joined()
			r.grown()
			r.remark("load of the machine after: %s", otherLoad())
		}()
		r.report(b)
	}
}

// sized is a hub with so many objects, and what it takes up.
type sized struct {
	*hub
	token   string
	objects int
	held    resident
	disk    int64
	ready   time.Duration // of its last start
}

func (r *run) sizedHub() *sized {
	r.Helper()
	s := &sized{hub: r.newHub()}
	_, s.token = s.partner("Partner One", "contributor")
	return s
}

// more fills in further objects, and gives how long it took until all were visible, and
// the processor time of the hub.
func (r *run) more(s *sized, objects int) (took, busy time.Duration) {
	r.Helper()
	const most = 100 // envelopes, which the load generator has in memory
	for left := objects / envelopeSize; left > 0; left -= min(left, most) {
		what := load{Address: s.address(), Path: s.as(s.token).community() + "objects/", Media: taxiiMedia, Token: s.token, Seed: 7, First: s.objects, Envelopes: min(left, most)}
		r.loader.prepare(what)
		began, worked := time.Now(), processorOf(r, s.pid())
		r.loader.send()
		s.visible(s.token, synthetic{7}, what.First, what.Envelopes)
		took, busy = took+time.Since(began), busy+processorOf(r, s.pid())-worked
		s.objects += what.Envelopes * envelopeSize
	}
	return took, busy
}

// look notes what the hub takes up at rest.
func (r *run) look(s *sized) {
	r.Helper()
	s.held, s.disk = r.rest(s.hub), sizeOf(r, s.data)
}

func sizeOf(tb testing.TB, dir string) (bytes int64) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(_ string, f fs.DirEntry, err error) error {
		if err != nil || !f.Type().IsRegular() {
			return err
		}
		info, err := f.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return bytes
}

// grown holds a large hub against a small one.
func (r *run) grown() {
	r.Helper()
	large, small := r.sizedHub(), r.sizedHub()
	tenth := r.objects / 10
	var speed, rss []string
	for range 9 {
		took, _ := r.more(large, tenth)
		speed = append(speed, amount(float64(tenth)/took.Seconds()))
		rss = append(rss, amount(float64(r.rest(large.hub).all)/mebibyte))
	}
	r.remark("objects/s, each tenth: %s; MiB at rest after it: %s", strings.Join(speed, " "), strings.Join(rss, " "))
	var took, busy [2]time.Duration
	for range 10 { // by turns, so that what else the machine does falls on both
		for i, s := range []*sized{large, small} {
			t, b := r.more(s, tenth/10)
			took[i], busy[i] = took[i]+t, busy[i]+b
		}
	}
	r.add(figure{what: fmt.Sprintf("ingest, the last tenth of %s objects", amount(float64(r.objects))), unit: "objects/s", metric: "scale-ingest",
		value: float64(tenth) / took[0].Seconds(), against: float64(tenth) / took[1].Seconds(), peer: "the first tenth", floor: 0.75,
		note: fmt.Sprintf("processor ms of the hub for 1,000 objects: %.1f, %.1f", 1e6*busy[0].Seconds()/float64(tenth), 1e6*busy[1].Seconds()/float64(tenth))})
	r.look(large)
	r.look(small)
	r.atRestBeside(large, small, "just loaded", "scale-rss")
	r.pagesAlike(large, small)
	for _, s := range []*sized{large, small} {
		s.stop()
		next := startHub(r, s.data, s.probes != "")
		s.ready = next.ready()
		s.hub = next
		s.held = r.rest(next)
	}
	r.atRestBeside(large, small, "restarted", "scale-rss-restarted")
	further := float64(large.objects - small.objects)
	r.remark("each further object: %.0f bytes of disk, %.1f bytes of memory, %.2f µs of a start (ready after %.2f s and %.2f s)",
		float64(large.disk-small.disk)/further, float64(large.held.all-small.held.all)/further, 1e6*(large.ready-small.ready).Seconds()/further, large.ready.Seconds(), small.ready.Seconds())
	large.stop()
	small.stop()
}

// atRestBeside adds the figure of what the large hub holds, with the most that it held
// since it was started.
func (r *run) atRestBeside(large, small *sized, when, metric string) {
	r.Helper()
	r.add(figure{what: fmt.Sprintf("at rest, %s objects, %s", amount(float64(r.objects)), when), unit: "MiB", metric: metric, value: float64(large.held.all) / mebibyte, against: 600,
		note: fmt.Sprintf("%s MiB of it anonymous, at most %s before that; a tenth of them: %s", amount(float64(large.held.anon)/mebibyte),
			amount(float64(statusOf(r, large.pid(), "VmHWM:"))*1024/mebibyte), amount(float64(small.held.all)/mebibyte))})
}
