package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

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
