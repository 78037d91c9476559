package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// act is one kind of thing that is said at one hub and told at the other.
type act struct {
	name, metric string
	// before makes what the act is about, if it is about something, and gives its id.
	before func(l *lag, name string) (string, error)
	do     func(l *lag, name, about string) error
}

// acts are what is shared and every way to take it back.
var acts = []act{
	{"contribution", "follow-lag", nil, func(l *lag, name, _ string) error { _, err := l.share(name, false); return err }},
	{"revocation", "follow-lag-revoked", shared, func(l *lag, name, _ string) error { _, err := l.share(name, true); return err }},
	{"withdrawal", "follow-lag-withdrawn", shared, func(l *lag, _, about string) error {
		return l.bank.Post(context.Background(), "/contributions/"+about+"/withdrawal", map[string]string{"reason": "for the test"}, nil)
	}},
	{"tightening", "follow-lag-tightened", shared, func(l *lag, _, about string) error {
		return l.bank.Post(context.Background(), "/contributions/"+about+"/tightening", map[string]string{"tlp": "amber", "reason": "for the test"}, nil)
	}},
	{"recall", "follow-lag-recalled", func(l *lag, name string) (string, error) {
		return name, l.coordinator.Post(context.Background(), "/protections", map[string]string{"value": name, "polarity": "block", "reason": "for the test"}, nil)
	}, func(l *lag, name, _ string) error {
		return l.coordinator.Post(context.Background(), "/protections/recall", map[string]string{"value": name, "reason": "for the test"}, nil)
	}},
}

func shared(l *lag, name string) (string, error) { return l.share(name, false) }

// lag is what is said at the one hub, and when the other tells it.
type lag struct {
	bank, coordinator *client.Client // at the hub that is followed

	mu    sync.Mutex
	names map[string]string    // by the id of a contribution at the follower
	told  map[string]time.Time // by what happened to which name
	came  chan struct{}        // when there is more in told
}

// share sends an indicator for a name, or its revocation.
func (l *lag) share(name string, revoked bool) (string, error) {
	h := sha256.Sum256([]byte(name))
	id := fmt.Sprintf("%x-%x-4%03x-8%03x-%x", h[:4], h[4:6], h[6], h[7], h[8:14])
	modified := map[bool]string{false: "2017-05-12T07:43:00.000Z", true: "2017-05-12T08:43:00.000Z"}[revoked]
	text := fmt.Sprintf(`{"type":"bundle","id":"bundle--%[1]s","objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--%[1]s","created":"2017-05-12T07:43:00.000Z","modified":%[2]q,"revoked":%[3]t,"indicator_types":["malicious-activity"],"pattern":"[domain-name:value = '%[4]s']","pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z"}]}`,
		id, modified, revoked, name)
	var out struct {
		ID       string `json:"id"`
		Accepted int    `json:"accepted"`
	}
	err := l.bank.Upload(context.Background(), "/contributions", "application/stix+json;version=2.1", strings.NewReader(text), &out)
	if err == nil && out.Accepted != 1 {
		err = fmt.Errorf("%s: %d objects were accepted", name, out.Accepted)
	}
	return out.ID, err
}

var spoken = regexp.MustCompile(`(contribution|revocation|withdrawal|tightening|recall)-[0-9]+\.example`)

// listen notes what the follower tells until its stream ends.
func (l *lag) listen(told *client.Stream) {
	for {
		line, err := told.Next()
		if err != nil {
			return
		}
		now := time.Now()
		var said []string
		switch line.Kind {
		case contribution.KindAccepted:
			var part contribution.Part
			name := spoken.FindString(string(line.Body))
			if json.Unmarshal(line.Body, &part) == nil {
				l.names[part.ID] = name
			}
			said = append(said, map[bool]string{false: "shared ", true: "revoked "}[strings.Contains(string(line.Body), `"revoked":true`)]+name)
		case contribution.KindTightened:
			var n release.Notice
			if json.Unmarshal(line.Body, &n) == nil {
				for _, id := range n.Contributions {
					said = append(said, "back "+l.names[id])
				}
			}
		case protect.KindDecided:
			var p protect.Protection
			if json.Unmarshal(line.Body, &p) == nil {
				said = append(said, string(p.Status)+" "+p.Value.Text)
			}
		}
		l.mu.Lock()
		for _, text := range said {
			l.told[text] = now
		}
		l.mu.Unlock()
		select {
		case l.came <- struct{}{}:
		default:
		}
	}
}

// wait gives when something was told.
func (l *lag) wait(text string) (time.Time, error) {
	late := time.After(patience)
	for {
		l.mu.Lock()
		at, ok := l.told[text]
		l.mu.Unlock()
		if ok {
			return at, nil
		}
		select {
		case <-l.came:
		case <-late:
			return at, fmt.Errorf("%q was not told within %s", text, patience)
		}
	}
}

// first and then are what the follower tells of a name, of what an act is about and
// of the act.
func (a act) first(name string) string {
	if a.name == "recall" {
		return "proposed " + name
	}
	return "shared " + name
}

func (a act) then(name string) string {
	switch a.name {
	case "contribution":
		return "shared " + name
	case "revocation":
		return "revoked " + name
	case "recall":
		return "revoked " + name
	}
	return "back " + name
}

// BenchmarkFederation is how long after somebody has begun to say something at one
// hub the follower tells it on its change stream, for what is shared and for every
// way to take it back, in turns of one load.
func BenchmarkFederation(b *testing.B) {
	const each, every = 300, 10 * time.Millisecond
	for range b.N {
		l := newLag(b)
		about := make([][each]string, len(acts))
		for i, a := range acts {
			if a.before == nil {
				continue
			}
			for n := range each {
				var err error
				if about[i][n], err = a.before(l, fmt.Sprintf("%s-%d.example", a.name, n)); err != nil {
					b.Fatal(err)
				}
			}
			for n := range each {
				if _, err := l.wait(a.first(fmt.Sprintf("%s-%d.example", a.name, n))); err != nil {
					b.Fatal(err)
				}
			}
		}
		began := make([][each]time.Time, len(acts))
		beat := time.NewTicker(every)
		for n := range each {
			for i, a := range acts {
				<-beat.C
				began[i][n] = time.Now()
				if err := a.do(l, fmt.Sprintf("%s-%d.example", a.name, n), about[i][n]); err != nil {
					b.Fatal(err)
				}
			}
		}
		beat.Stop()
		var table figures
		for i, a := range acts {
			lags := make([]time.Duration, each)
			for n := range each {
				at, err := l.wait(a.then(fmt.Sprintf("%s-%d.example", a.name, n)))
				if err != nil {
					b.Fatal(err)
				}
				lags[n] = at.Sub(began[i][n])
			}
			slices.Sort(lags)
			at := func(share float64) float64 { return lags[int(share*float64(each-1))].Seconds() * 1000 }
			table.add(figure{what: "a " + a.name + ", told by the hub behind, p99", unit: "ms", metric: a.metric, value: at(0.99), against: 50, note: fmt.Sprintf("p50 %.2f, longest %.2f", at(0.5), at(1))})
		}
		table.remark("from the first byte sent to the line read, in turns, one every %s; load of the machine: %s", every, otherLoad())
		table.print(os.Stdout)
		table.report(b)
	}
}

// newLag is two hubs, and somebody who listens at the follower.
func newLag(b *testing.B) *lag {
	b.Helper()
	f := newFederation(b)
	f.follower.stop()
	f.source += "level = \"amber\"\n"
	f.follow()
	l := &lag{names: map[string]string{}, told: map[string]time.Time{}, came: make(chan struct{}, 1)}
	var here *client.Client
	for _, one := range []struct {
		to         **client.Client
		url, token string
	}{{&l.bank, f.sender.url, f.bank}, {&l.coordinator, f.sender.url, administrator}, {&here, f.follower.url, f.clinic}} {
		c, err := client.New(one.url, one.token)
		if err != nil {
			b.Fatal(err)
		}
		*one.to = c
	}
	told, err := here.Follow(b.Context(), stream.Mark{}, contribution.KindAccepted, protect.KindDecided)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { told.Close() })
	go l.listen(told)
	return l
}
