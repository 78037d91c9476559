package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// named says that a version of an indicator names a value. There is one for
// each version that there is, whoever may see it: 16 bytes.
type named struct {
	fingerprint uint64
	version     catalog.Number
	until       uint32 // the second, since 1970, in which it has ended; 0: no end
}

// ended says whether the version's validity is over for sure. The last part of
// a second is left to who reads the object.
func (n *named) ended(second int64) bool { return n.until != 0 && int64(n.until) <= second }

// indexed is what the catalog names up to a version. It is never changed.
type indexed struct {
	runs [][]named // each by fingerprint and version, the first the longest
	size int
	last catalog.Number // all versions up to it were read
}

// mostNamed bounds the index: 512 MiB.
const mostNamed = 1 << 25

var errManyNamed = errors.New("the hub's indicators name more values than it can make a set of; follow the change stream")

// indicatorIndex finds versions of indicators by the fingerprints of what they
// name. One serves all readers: who may be told of what is asked of the catalog
// each time, so that nothing has to be made anew when something is taken back,
// and a kind of reader more costs nothing. It is made when it is first asked
// for and goes on from there with what was added since.
//
// Reading a version takes some five microseconds, so the first reading of
// millions takes longer than anybody waits: it goes on by itself when those who
// asked have left.
type indicatorIndex struct {
	catalog *catalog.Catalog
	ended   context.Context // done when the hub ends
	now     atomic.Pointer[indexed]

	mu      sync.Mutex
	reading chan struct{} // closed when the reading that is under way has ended; nil while there is none
	failed  error         // what the last one failed of
}

// refreshed is the index with what the catalog has by now, or, if that takes
// longer than the patience, as it was before; nil if there was none yet.
func (x *indicatorIndex) refreshed(ctx context.Context, patience time.Duration) (*indexed, error) {
	x.mu.Lock()
	if x.reading == nil {
		x.reading = make(chan struct{})
		go x.read(x.reading)
	}
	reading := x.reading
	x.mu.Unlock()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-reading:
		x.mu.Lock()
		defer x.mu.Unlock()
		return x.now.Load(), x.failed
	case <-limit.C:
		return x.now.Load(), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read goes on to the end of the catalog. What was read before it failed is
// kept for the next time.
func (x *indicatorIndex) read(done chan struct{}) {
	err := x.readOn()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.reading, x.failed = nil, err
	close(done)
}

// namedAtOnce is how many are sorted together.
const namedAtOnce = 1 << 20

func (x *indicatorIndex) readOn() error {
	before := x.now.Load()
	if before == nil {
		before = &indexed{}
	}
	next := &indexed{runs: slices.Clone(before.runs), size: before.size, last: before.last}
	for {
		var run []named
		last, err := x.catalog.Every(x.ended, "indicator", next.last, func(v catalog.Version) bool {
			run = appendNamed(run, v)
			return len(run) < namedAtOnce
		})
		if err != nil {
			return err
		}
		full := len(run) >= namedAtOnce
		next.add(run)
		next.last = last
		if next.size > mostNamed {
			return errManyNamed
		}
		if !full {
			x.now.Store(next)
			return nil
		}
	}
}

// add takes a run in. Of two neighbours the first is several times as long as
// the second: there are few, and each entry is copied a few times.
func (x *indexed) add(run []named) {
	if len(run) == 0 {
		return
	}
	slices.SortFunc(run, compareNamed)
	x.size += len(run)
	x.runs = append(x.runs, run)
	const timesLonger = 8
	for n := len(x.runs); n > 1 && len(x.runs[n-2]) < timesLonger*len(x.runs[n-1]); n-- {
		x.runs = append(x.runs[:n-2], merged(x.runs[n-2], x.runs[n-1]))
	}
}

func compareNamed(a, b named) int {
	return cmp.Or(cmp.Compare(a.fingerprint, b.fingerprint), cmp.Compare(a.version, b.version))
}

func merged(a, b []named) []named {
	out := make([]named, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareNamed(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// appendNamed appends what all who see a version see that it names. What only
// some of them may see of its pattern is in the change stream.
func appendNamed(run []named, v catalog.Version) []named {
	what, err := indicates(v.Common)
	if err != nil {
		return run
	}
	if v.Granular {
		if whole, err := indicates(v.Raw); err != nil || whole != what {
			return run
		}
	}
	values, err := what.values()
	if err != nil {
		return run
	}
	until := uint32(0)
	if !what.Until.IsZero() {
		until = uint32(min(max(1, what.Until.Add(time.Second-1).Unix()), 1<<32-1))
	}
	for _, value := range values {
		run = append(run, named{hashset.Fingerprint(string(value.Type), value.Text), v.Number, until})
		if p, ok := value.Prefix(); ok && !p.IsSingleIP() {
			run = append(run, named{hashset.PrefixLength(string(value.Type), p.Bits()), v.Number, until})
		}
	}
	return run
}

// indication is what an indicator says of what it names.
type indication struct {
	ID       string    `json:"id"`
	Pattern  string    `json:"pattern"`
	Language string    `json:"pattern_type"`
	Revoked  bool      `json:"revoked"`
	Until    time.Time `json:"valid_until"`
}

func indicates(raw []byte) (what indication, err error) {
	if err := json.Unmarshal(raw, &what, jsontext.AllowDuplicateNames(true)); err != nil {
		return what, fmt.Errorf("read indicator: %w", err)
	}
	what.Until = what.Until.UTC()
	return what, nil
}

var errNoList = errors.New("the pattern is no list of values")

// values are those that it names, if its pattern is a list of them.
func (i *indication) values() ([]observable.Value, error) {
	if i.Language != "stix" || i.Revoked {
		return nil, errNoList
	}
	p, err := pattern.Parse(i.Pattern)
	if err != nil {
		return nil, err
	}
	values, ok := match.Values(p)
	if !ok {
		return nil, errNoList
	}
	return values, nil
}

// versions are those that name a value with the fingerprint and have not ended,
// at most so many.
func (x *indexed) versions(fingerprint uint64, now time.Time, most int) (numbers []catalog.Number) {
	for _, run := range x.runs {
		from, _ := slices.BinarySearchFunc(run, fingerprint, func(n named, f uint64) int { return cmp.Compare(n.fingerprint, f) })
		for ; from < len(run) && run[from].fingerprint == fingerprint && len(numbers) < most; from++ {
			if !run[from].ended(now.Unix()) {
				numbers = append(numbers, run[from].version)
			}
		}
	}
	return numbers
}
