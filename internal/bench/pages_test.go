package bench

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// rounds are how often each side is measured, by turns, so that what else the
// machine does falls on both; the median counts.
const rounds = 5

// pages measures the collection's pages against the same bytes as files, and
// the first pages against the last.
func (r *run) pages(h *hub, token string, live walked, dir string) {
	r.Helper()
	static, staticPID := startStatic(r, dir)
	var fromHub, fromFiles []request
	for n, path := range live.pages {
		fromHub = append(fromHub, request{h.address(), getHead(path, token)})
		fromFiles = append(fromFiles, request{static, getHead("/"+pageName(n), token)})
	}
	r.reading(fromHub, time.Second) // both warm
	r.reading(fromFiles, time.Second)

	var ratios, hubs, files []float64
	hubBusy, staticBusy := processorOf(r, h.pid()), processorOf(r, staticPID)
	var hubBytes, fileBytes float64
	r.profiled(h, "pages", func() {
		for range rounds {
			a, b := r.reading(fromHub, 2*time.Second), r.reading(fromFiles, 2*time.Second)
			hubs, files, ratios = append(hubs, a), append(files, b), append(ratios, a/b)
			hubBytes, fileBytes = hubBytes+2*a, fileBytes+2*b
		}
	})
	hubBusy, staticBusy = processorOf(r, h.pid())-hubBusy, processorOf(r, staticPID)-staticBusy
	ratio := median(ratios)
	r.add(figure{what: fmt.Sprintf("pages of 1,000 from %s objects", amount(float64(r.objects))), unit: "MiB/s", metric: "pages", value: ratio * median(files) / mebibyte, against: median(files) / mebibyte, peer: "static", floor: 0.5,
		note: fmt.Sprintf("%s pages/s; processor ms a MiB: hub %.2f, static %.2f", amount(median(hubs)/float64(r.objects*objectSize/len(live.pages))), 1000*hubBusy.Seconds()/(hubBytes/mebibyte), 1000*staticBusy.Seconds()/(fileBytes/mebibyte))})

	end := max(1, len(fromHub)/20)
	if len(fromHub) < 2*clients { // too few to tell ends apart
		end = len(fromHub) / 2
	}
	var firsts, lasts []float64
	for range rounds {
		firsts = append(firsts, r.reading(fromHub[:end], time.Second))
		lasts = append(lasts, r.reading(fromHub[len(fromHub)-end-1:len(fromHub)-1], time.Second))
	}
	first, last := median(firsts)/mebibyte, median(lasts)/mebibyte
	r.add(figure{what: "the slower end of the collection", unit: "MiB/s", metric: "pages-alike", value: min(first, last), against: max(first, last), peer: "the faster", floor: 0.8,
		note: fmt.Sprintf("first pages %.0f, last pages %.0f", first, last)})
}

// request is one GET and where it goes.
type request struct {
	address string
	head    []byte
}

// reading has the clients read for a while, each over one connection, and gives
// the bytes a second. All requests go to one address.
func (r *run) reading(requests []request, lasting time.Duration) float64 {
	r.Helper()
	var next, size atomic.Int64
	var wg sync.WaitGroup
	failed := make([]error, clients)
	began := time.Now()
	for c := range clients {
		wg.Go(func() {
			w, err := dialWire(requests[0].address)
			if err != nil {
				failed[c] = err
				return
			}
			defer w.close()
			for time.Since(began) < lasting {
				one := requests[int(next.Add(1)-1)%len(requests)]
				got, err := w.exchange(one.head, nil, nil)
				if err == nil && got.status != http.StatusOK {
					err = fmt.Errorf("status %d of %q", got.status, one.head)
				}
				if err != nil {
					failed[c] = err
					return
				}
				size.Add(got.size)
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			r.Fatal(err)
		}
	}
	return float64(size.Load()) / time.Since(began).Seconds()
}

func median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	return sorted[len(sorted)/2]
}
