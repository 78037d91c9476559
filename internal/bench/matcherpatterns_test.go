package bench

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	patterning "github.com/tocsin-project/tocsin/stix/pattern"
)

// patternsAtOnce is how many patterns there are.
const patternsAtOnce = 1_000_000

// madePattern is one of a mix that is not met by what made.EVE writes: of one
// observation and of several, of every operator that an index covers.
func madePattern(r *rand.Rand) string {
	letters := func() string {
		b := make([]byte, 8)
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
		}
		return string(b)
	}
	name := func() string { return letters() + "-" + letters() + ".invalid" }
	address := func() string { return fmt.Sprintf("203.0.%d.%d", r.IntN(113), r.IntN(256)) }
	switch n := r.IntN(100); {
	case n < 40:
		return fmt.Sprintf("[file:name = '%s.exe' AND file:hashes.'SHA-256' = '%016x%016x%016x%016x']", letters(), r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())
	case n < 55:
		return fmt.Sprintf("[url:value LIKE 'http%%://%%/%s/%s%%.php']", letters(), letters())
	case n < 65:
		return fmt.Sprintf(`[process:command_line MATCHES '(?i)%s\\.exe\\s+-%s\\s+[a-z]+']`, letters(), letters())
	case n < 80:
		return fmt.Sprintf("[network-traffic:dst_ref.value ISSUBSET '%s/%d' AND network-traffic:dst_port = %d]", address(), 24+r.IntN(9), r.IntN(65536))
	case n < 92:
		return fmt.Sprintf("([domain-name:value = '%s'] FOLLOWEDBY [ipv4-addr:value = '%s']) WITHIN 300 SECONDS", name(), address())
	}
	return fmt.Sprintf("[domain-name:value = '%s'] REPEATS 5 TIMES WITHIN 60 SECONDS", name())
}

// missPatterns asks all patterns about events that match none of them: real
// ones, so that to take them apart counts, too.
func missPatterns(t task) (measures, error) {
	r, set, began := rand.New(rand.NewPCG(t.Seed, 1)), patternset.New(patternset.Options{}), ownProcessor()
	for i := range patternsAtOnce {
		p, err := patterning.Parse(madePattern(r))
		if err == nil {
			err = set.Add(fmt.Sprintf("indicator--%08d-0000-4000-8000-000000000000", i), p)
		}
		if err != nil {
			return nil, err
		}
	}
	m := measures{"add": (ownProcessor() - began).Seconds() / patternsAtOnce, "bytes": float64(set.Stats().Bytes) / patternsAtOnce}
	records, err := os.Open(t.Records)
	if err != nil {
		return nil, err
	}
	defer records.Close()
	var events []*telemetry.Event
	for reader := telemetry.NewEVE(records, telemetry.Options{}); len(events) < 1<<14; {
		event, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		events = append(events, event.Clone())
	}
	const asked = 1_000_000
	hits := 0
	hit := func(patternset.Hit) bool { hits++; return true }
	var each []float64
	for range passes {
		began := ownProcessor()
		for i := range asked {
			set.Match(events[i%len(events)], uint64(i), hit)
		}
		each = append(each, (ownProcessor()-began).Seconds()/asked)
	}
	if hits > 0 {
		return nil, fmt.Errorf("%d hits in events that match nothing", hits)
	}
	m["seconds"] = middle(each)
	return m, nil
}
