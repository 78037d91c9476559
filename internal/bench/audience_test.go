package bench

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	viewers       = 500
	viewedFrom    = 100 // partners
	perSecond     = 5   // entries
	viewedFor     = 20 * time.Second
	maxLiveDelay  = 300 // milliseconds, for one who watches
	afterTheLast  = 30 * time.Second
	longestAppend = 100 // milliseconds
)

// audience is when what was appended, and when who had it on the page.
type audience struct {
	first int // marker

	mu     sync.Mutex
	acked  []time.Time
	seen   []seen // each entry by each viewer; it may be before it was acknowledged
	told   int    // messages
	same   int    // pages that had not changed
	failed error
}

var (
	marker   = regexp.MustCompile(`Marker (\d+)`)
	heardOf  = regexp.MustCompile(`data-place="([^"]*)"`)
	noMarker = -1
)

// newest is the highest marker that a page shows.
func newest(page []byte) int {
	highest := noMarker
	for _, found := range marker.FindAllSubmatch(page, -1) {
		n, _ := strconv.Atoi(string(found[1])) // digits
		highest = max(highest, n)
	}
	return highest
}

// watch behaves as live.js does: it listens, and fetches the page after each message.
func (a *audience) watch(v *visitor, ready *sync.WaitGroup, done <-chan struct{}) {
	page, _, err := func() ([]byte, string, error) {
		defer ready.Done()
		_, text, tag, err := v.page("/")
		return text, tag, err
	}()
	place := heardOf.FindSubmatch(page)
	if err != nil || place == nil {
		a.fail(fmt.Errorf("the first page: %w", err))
		return
	}
	answer, err := v.request("/live?" + url.Values{"at": {string(place[1])}}.Encode())
	if err != nil {
		a.fail(err)
		return
	}
	go func() {
		<-done
		answer.Body.Close()
	}()
	shown, tag := newest(page), ""
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if lines.Text() != "data: new" {
			continue
		}
		headers := []string{"Tocsin-Refresh", "1"}
		if tag != "" {
			headers = append(headers, "If-None-Match", tag)
		}
		status, text, now, err := v.page("/", headers...)
		if err != nil {
			a.fail(err)
			return
		}
		if status == http.StatusOK {
			tag = now
		}
		shown = a.saw(status, shown, newest(text))
	}
}

// saw takes down what of the new ones a page shows, and gives what it shows.
func (a *audience) saw(status, before, after int) int {
	at := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told++; status == http.StatusNotModified {
		a.same++
		return before
	}
	for n := max(before+1-a.first, 0); n <= after-a.first; n++ {
		a.seen = append(a.seen, seen{n, at})
	}
	return max(before, after)
}

func (a *audience) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed == nil {
		a.failed = err
	}
}

// BenchmarkLiveAudience has people of a hundred partners watch the first page
// while five entries a second arrive: first one, then five hundred. It gives the
// time from an entry's acknowledgement until a page with it was read.
func BenchmarkLiveAudience(b *testing.B) {
	for range b.N {
		r := &run{B: b, profiles: os.Getenv("TOCSIN_BENCH_PROFILE")}
		w := r.watched(viewedFrom, viewedFrom, 100)
		r.remark("load of the machine before: %s", otherLoad())
		r.audience(w, 1)
		r.profiled(w.hub, "audience", func() { r.audience(w, viewers) })
		r.remark("load of the machine after: %s", otherLoad())
		r.print(os.Stdout)
		r.report(b)
	}
}

func (r *run) audience(w *watched, people int) {
	r.Helper()
	var all []*visitor
	for i := range people {
		all = append(all, w.visit(w.tokens[i%len(w.tokens)]))
	}
	a, done := &audience{first: people * 1000}, make(chan struct{})
	var ready, gone sync.WaitGroup
	for _, v := range all {
		ready.Add(1)
		gone.Go(func() { a.watch(v, &ready, done) })
	}
	ready.Wait()
	time.Sleep(time.Second)
	busy, began := processorOf(r, w.pid()), time.Now()
	var appends []float64
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	for n := 0; time.Since(began) < viewedFor; n++ {
		<-tick.C
		sent := time.Now()
		w.as(w.tokens[0]).post("/api/v1/actions", fmt.Appendf(nil, `{"kind":"patch","title":"Marker %d","asked_of":["healthcare"]}`, a.first+n), new(any))
		a.mu.Lock()
		a.acked = append(a.acked, time.Now())
		a.mu.Unlock()
		appends = append(appends, 1000*time.Since(sent).Seconds())
	}
	took := time.Since(began)
	busy = processorOf(r, w.pid()) - busy
	for waiting := time.Now(); time.Since(waiting) < afterTheLast && a.missing(people) > 0; {
		time.Sleep(pause)
	}
	close(done)
	gone.Wait()
	if a.failed != nil {
		r.Fatal(a.failed)
	}
	delays := a.delays()
	slices.Sort(appends)
	at := func(list []float64, q float64) float64 { return list[int(q*float64(len(list)-1))] }
	note := fmt.Sprintf("p50 %.0f ms, max %.0f ms, %d entries not shown to somebody; hub %s cores; %d messages, %d pages unchanged", at(delays, 0.5), at(delays, 1), a.missing(people), cores(busy, took.Seconds()), a.told, a.same)
	r.add(figure{what: fmt.Sprintf("append to page, %d watching, p95", people), unit: "ms", metric: fmt.Sprint("live-", people), value: at(delays, 0.95), against: maxLiveDelay, note: note})
	r.add(figure{what: fmt.Sprintf("append, %d watching, p95", people), unit: "ms", metric: fmt.Sprint("append-", people), value: at(appends, 0.95), against: longestAppend, note: fmt.Sprintf("p50 %.1f ms, max %.1f ms", at(appends, 0.5), at(appends, 1))})
}

// seen is that a page showed an entry, by its number.
type seen struct {
	entry int
	at    time.Time
}

// delays are in ms and in order; 0 for what was seen before it was acknowledged.
func (a *audience) delays() (list []float64) {
	for _, one := range a.seen {
		list = append(list, max(0, 1000*one.at.Sub(a.acked[one.entry]).Seconds()))
	}
	slices.Sort(list)
	return list
}

// missing is how many entries somebody has not been shown.
func (a *audience) missing(people int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed != nil {
		return 0
	}
	return people*len(a.acked) - len(a.seen)
}
