package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry/made"
)

// ownResident is this process's memory after what nobody needs was given back.
func ownResident() (float64, error) {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	var size, pages int64
	if err == nil {
		_, err = fmt.Sscan(string(text), &size, &pages)
	}
	return float64(pages * int64(os.Getpagesize())), err
}

// holdIndicators measures what an index of all indicators takes, at first and
// after a million look-ups, of which one in ten hits.
func holdIndicators(t task) (measures, error) {
	before, err := ownResident()
	if err != nil {
		return nil, err
	}
	index, err := match.Open(t.Snapshot)
	if err != nil {
		return nil, err
	}
	opened, err := ownResident()
	if err != nil {
		return nil, err
	}
	of, others, r, hits := t.of(), made.Indicators{Seed: t.Seed + 1, N: t.Indicators}, rand.New(rand.NewPCG(1, 1)), 0
	const asked = 1_000_000
	for i := range asked {
		v := unlike(others, r.IntN(t.Indicators))
		if i%10 == 0 {
			v = of.At(r.IntN(t.Indicators))
		}
		if _, ok := index.Match(v); ok {
			hits++
		}
	}
	after, err := ownResident()
	if err == nil && hits < asked/10 { // some names of the other list are this one's, too
		err = fmt.Errorf("%d look-ups of indicators found %d", asked/10, hits)
	}
	if failed := index.Close(); err == nil {
		err = failed
	}
	return measures{"opened": opened - before, "used": after - before}, err
}

// pushIndicators adds a thousand indicators at a time, each time until all are
// found.
func pushIndicators(t task) (measures, error) {
	index, err := match.Open(t.Snapshot)
	if err != nil {
		return nil, err
	}
	const pushes, each = 200, 1000
	fresh := made.Indicators{Seed: t.Seed + 2, N: pushes * each}
	var times []time.Duration
	for n := range pushes {
		batch := make([]match.Indicator, each)
		for i := range batch {
			batch[i] = match.Indicator{ID: fresh.ID(n*each + i), Value: unlike(fresh, n*each+i)}
		}
		began := time.Now()
		index.Add(batch...)
		for _, one := range batch {
			if found, ok := index.Match(one.Value); !ok || found.ID != one.ID {
				return nil, fmt.Errorf("%v is not found after it was added", one)
			}
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return measures{"p50": times[pushes/2].Seconds(), "p99": times[pushes*99/100].Seconds(), "worst": times[pushes-1].Seconds()}, index.Close()
}

// unlike is one that the list of another seed hardly has: addresses follow
// from their number in every list.
func unlike(of made.Indicators, i int) observable.Value {
	v := of.At(i)
	if v.Type == observable.IPv4 {
		v = observable.Value{Type: observable.IPv6, Text: fmt.Sprintf("2001:db8::1:%x:%x", 1+i>>16, 1+i&0xffff)}
	}
	return v
}

// rebuildBeside measures a reader's look-ups, eight at a time as an event takes
// them, while nothing else goes on and while all is written anew.
func rebuildBeside(t task) (measures, error) {
	index, err := match.Open(t.Snapshot)
	if err != nil {
		return nil, err
	}
	added := made.Indicators{Seed: t.Seed + 3, N: 100_000}
	for i := range added.N {
		index.Add(match.Indicator{ID: added.ID(i), Value: unlike(added, i)})
	}
	const values, together, most = 1 << 16, 8, 1 << 22
	others, r := made.Indicators{Seed: t.Seed + 1, N: t.Indicators}, rand.New(rand.NewPCG(2, 2))
	asked := make([]observable.Value, values)
	for i := range asked {
		asked[i] = unlike(others, r.IntN(t.Indicators))
	}
	times := make([]time.Duration, 0, most)
	read := func(until func() bool) (p99 float64) {
		times = times[:0]
		for i := 0; !until() && len(times) < most; i += together {
			began := time.Now()
			for _, v := range asked[i&(values-1):][:together] {
				index.Match(v)
			}
			times = append(times, time.Since(began))
		}
		slices.Sort(times)
		return times[len(times)*99/100].Seconds()
	}
	const idle = 1 << 20
	m := measures{}
	n := 0
	before := read(func() bool { n++; return n > idle })
	done := make(chan error, 1)
	began, busy := time.Now(), ownProcessor()
	go func() { done <- index.Compact(filepath.Join(t.Folder, "rebuilt")) }()
	m["during"] = read(func() bool { return len(done) > 0 })
	if err := <-done; err != nil {
		return nil, err
	}
	m["took"], m["seconds"] = time.Since(began).Seconds(), (ownProcessor() - busy).Seconds()
	n = 0
	m["idle"] = (before + read(func() bool { n++; return n > idle })) / 2 // what others take from the machine comes and goes
	return m, index.Close()
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// writeHashes writes all indicators as a hash set.
func writeHashes(t task) (measures, error) {
	all := make([]uint64, 0, t.Indicators)
	for _, v := range t.of().All() {
		all = append(all, hashset.Fingerprint(string(v.Type), v.Text))
	}
	slices.Sort(all)
	all = slices.Compact(all)
	var size counter
	w, err := hashset.NewWriter(&size, uint64(len(all)))
	for _, one := range all {
		if err == nil {
			err = w.Add(one)
		}
	}
	if err == nil {
		err = w.Close()
	}
	return measures{"bytes": float64(size)}, err
}
