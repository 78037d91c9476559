package ransom_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

var noon = time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC)

// BenchmarkAct feeds a mix of 65,536 acts over and over, a millisecond apart, by
// 1,000 hosts: saves, new files, builds, removals, renames, and of one in a
// hundred hosts the turning of files. Goal: 1,000,000 a second, no allocation.
func BenchmarkAct(b *testing.B) {
	acts := mix(1 << 16)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := ransom.New(ransom.Config{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	at := noon
	for i := range acts {
		at = at.Add(time.Millisecond)
		acts[i].At = at
		d.Act(acts[i])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		at = at.Add(time.Millisecond)
		a := &acts[i&(len(acts)-1)]
		a.At = at
		d.Act(*a)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acts/s")
	b.ReportMetric(1e6, "floor-acts/s")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
}

func mix(n int) []ransom.Act {
	acts := make([]ransom.Act, n)
	for i := range acts {
		host := i * 7919 % 1000
		a := &acts[i]
		a.Host = netip.AddrFrom4([4]byte{10, 0, byte(host >> 8), byte(host)})
		a.Actor = fmt.Sprintf(`C:\Program Files\Example\app%d.exe#%d`, i%5, 1000+i%5)
		dir := fmt.Sprintf(`C:\Users\user%d\Documents\Projects\%d`, host, i/1000%40)
		extension := []string{"docx", "xlsx", "pdf", "jpg", "txt", "json"}[i%6]
		switch i % 10 {
		case 0, 1, 2:
			a.Path = fmt.Sprintf(`%s\report %d.%s`, dir, i%500, extension)
		case 3:
			a.From, a.Path = fmt.Sprintf(`%s\~WRD%04d.tmp`, dir, i%500), fmt.Sprintf(`%s\report %d.%s`, dir, i%500, extension)
		case 4:
			a.Path = fmt.Sprintf(`%s\build\unit%d.o`, dir, i%500)
		case 5:
			a.Path, a.Gone = fmt.Sprintf(`%s\~WRD%04d.tmp`, dir, i%500), true
		case 6:
			a.Path = fmt.Sprintf(`%s\cache\%x`, dir, i*2654435761)
		case 7:
			a.Path = fmt.Sprintf(`%s\data %d.qqv`, dir, i%500)
		case 8:
			a.Path = fmt.Sprintf(`/home/user%d/src/project/pkg%d/file%d.go`, host, i%30, i%500)
		default:
			a.Path = fmt.Sprintf(`%s\index %d.html`, dir, i%500)
		}
		if host%100 == 99 {
			a.From = fmt.Sprintf(`%s\picture %d.%s`, dir, i%5000, extension)
			a.Path, a.Gone = a.From+".wncry", false
		}
	}
	return acts
}
