package hindsight_test

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// oracle remembers every note by itself and answers by looking at each.
type oracle struct {
	days    int
	waiting []filed // not yet flushed
	log     []filed
	files   int
}

type filed struct {
	v    observable.Value
	host netip.Addr
	at   time.Time
	day  int64
	file int // which flush filed it, in order
	mark uint64
}

func (o *oracle) note(v observable.Value, host netip.Addr, at, now time.Time) {
	if at.IsZero() || at.After(now.Add(24*time.Hour)) {
		at = now
	}
	if at.Before(time.Unix(0, 0)) {
		at = time.Unix(0, 0)
	}
	o.waiting = append(o.waiting, filed{v: v, host: host, at: at.Truncate(time.Second).UTC()})
}

func (o *oracle) flush(now time.Time, mark uint64) {
	o.files++
	for _, f := range o.waiting {
		f.day, f.file, f.mark = int64(math.Floor(float64(now.Unix())/86400)), o.files, mark
		o.log = append(o.log, f)
	}
	if len(o.waiting) > 0 {
		o.forget()
	}
	o.waiting = nil
}

// crash loses what was not flushed, and what was flushed after the mark.
func (o *oracle) crash(mark uint64) {
	o.waiting = nil
	o.log = slices.DeleteFunc(o.log, func(f filed) bool { return f.mark > mark })
	o.forget()
}

// forget follows the rules as days.go states them.
func (o *oracle) forget() {
	began := map[int64]int{}
	for _, f := range o.log {
		if b, ok := began[f.day]; !ok || f.file < b {
			began[f.day] = f.file
		}
	}
	o.log = slices.DeleteFunc(o.log, func(f filed) bool {
		newer, ahead := 0, 0
		for day, b := range began {
			if b > began[f.day] {
				newer++
				if day+1 >= f.day+int64(o.days) { // the second of them makes it that many days
					ahead++
				}
			}
		}
		return newer >= o.days || ahead >= 2
	})
}

func (o *oracle) ask(q hindsight.Question) (hindsight.Past, []observable.Value, bool) {
	past, latest, ok := o.sum(func(v observable.Value) bool { return stands(q, v) })
	if !ok {
		past, latest, ok = o.sum(func(v observable.Value) bool {
			host, is := v.Host()
			return is && (q.Type == observable.Domain || q.Type == observable.IPv4 || q.Type == observable.IPv6) &&
				!strings.Contains(q.Text, "/") && stands(q, host)
		})
	}
	return past, latest, ok
}

// stands says whether the question's value stands for v.
func stands(q hindsight.Question, v observable.Value) bool {
	if q.Value == v {
		return true
	}
	if q.Type != v.Type {
		return false
	}
	if p, ok := q.Prefix(); ok {
		a, err := netip.ParseAddr(v.Text)
		return err == nil && a.String() == v.Text && p.Contains(a) // normalised, as values are
	}
	// Nothing is beneath the empty name, though what a reader did not normalise may end with a dot.
	return q.Type == observable.Domain && q.Subdomains && q.Text != "" && strings.HasSuffix(v.Text, "."+q.Text)
}

func (o *oracle) sum(of func(observable.Value) bool) (past hindsight.Past, latest []observable.Value, ok bool) {
	hosts := map[netip.Addr]bool{}
	for _, f := range slices.Concat(o.log, o.waiting) {
		if !of(f.v) {
			continue
		}
		if !ok || f.at.Before(past.First) {
			past.First = f.at
		}
		if !ok || f.at.After(past.Last) {
			past.Last, latest = f.at, nil
		}
		if f.at.Equal(past.Last) {
			latest = append(latest, f.v)
		}
		if f.host.IsValid() {
			hosts[f.host] = true
		}
		past.Count++
		ok = true
	}
	past.Hosts = len(hosts)
	return past, latest, ok
}
