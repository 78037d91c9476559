package bench

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
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
	r.add(figure{what: fmt.Sprintf("at rest, %s objects, just loaded", amount(float64(r.objects))), unit: "MiB", metric: "scale-rss", value: float64(large.held.all) / mebibyte, against: 600,
		note: fmt.Sprintf("%s MiB of it anonymous; a tenth of them: %s", amount(float64(large.held.anon)/mebibyte), amount(float64(small.held.all)/mebibyte))})
	r.pagesAlike(large, small)
	for _, s := range []*sized{large, small} {
		s.stop()
		next := startHub(r, s.data, s.probes != "")
		s.ready = next.ready()
		s.hub = next
		s.held = r.rest(next)
	}
	r.add(figure{what: fmt.Sprintf("at rest, %s objects, restarted", amount(float64(r.objects))), unit: "MiB", metric: "scale-rss-restarted", value: float64(large.held.all) / mebibyte, against: 600,
		note: fmt.Sprintf("%s MiB of it anonymous; a tenth of them: %s", amount(float64(large.held.anon)/mebibyte), amount(float64(small.held.all)/mebibyte))})
	further := float64(large.objects - small.objects)
	r.remark("each further object: %.0f bytes of disk, %.1f bytes of memory, %.2f µs of a start (ready after %.2f s and %.2f s)",
		float64(large.disk-small.disk)/further, float64(large.held.all-small.held.all)/further, 1e6*(large.ready-small.ready).Seconds()/further, large.ready.Seconds(), small.ready.Seconds())
	large.stop()
	small.stop()
}

// pagesAlike reads pages from everywhere in both collections, by turns.
func (r *run) pagesAlike(large, small *sized) {
	r.Helper()
	var requests [2][]request
	for i, s := range []*sized{large, small} {
		w := s.walk(s.token, nil)
		if w.objects != s.objects {
			r.Errorf("the collection has %d objects, %d were acknowledged", w.objects, s.objects)
		}
		for _, path := range w.pages {
			requests[i] = append(requests[i], request{s.address(), getHead(path, s.token)})
		}
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(requests[i]), func(a, b int) { requests[i][a], requests[i][b] = requests[i][b], requests[i][a] })
		r.reading(requests[i], time.Second) // warm
	}
	var speed [2][]float64
	var raw []float64
	for range rounds {
		for i := range requests {
			speed[i] = append(speed[i], r.reading(requests[i], 2*time.Second))
		}
		raw = append(raw, r.ranges(large.data, 2*time.Second))
	}
	r.add(figure{what: fmt.Sprintf("pages of 1,000 from anywhere in %s objects", amount(float64(r.objects))), unit: "MiB/s", metric: "scale-pages",
		value: median(speed[0]) / mebibyte, against: median(speed[1]) / mebibyte, peer: "in a tenth", floor: 0.75,
		note: fmt.Sprintf("ranges as long from anywhere in its largest file, as this machine reads them: %s MiB/s", amount(median(raw)/mebibyte))})
}

// ranges reads ranges of the size of a page from anywhere in the largest file below a
// directory for a while, with as many readers as clients, and gives the bytes a second:
// more is not to be had of what the machine does not keep in memory.
func (r *run) ranges(dir string, lasting time.Duration) float64 {
	r.Helper()
	var largest string
	var size, read int64
	for _, name := range []string{"*", "*/*"} {
		found, _ := filepath.Glob(filepath.Join(dir, name)) // fails for no pattern like these
		for _, path := range found {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > size {
				largest, size = path, info.Size()
			}
		}
	}
	const length = 1000 * objectSize
	done := make(chan int64, clients)
	began := time.Now()
	for c := range clients {
		go func() {
			var n int64
			defer func() { done <- n }()
			file, err := os.Open(largest)
			if err != nil {
				return
			}
			defer file.Close() //nolint:errcheck // it was only read
			random, buffer := rand.New(rand.NewPCG(uint64(c), uint64(began.UnixNano()))), make([]byte, length)
			for time.Since(began) < lasting {
				got, err := file.ReadAt(buffer, random.Int64N(max(size-length, 1)))
				if n += int64(got); err != nil && got == 0 {
					return
				}
			}
		}()
	}
	for range clients {
		read += <-done
	}
	return float64(read) / time.Since(began).Seconds()
}
