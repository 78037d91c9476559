package outbreak_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// BenchmarkContribution folds a contribution of a thousand indicators: each one
// accepted comes through here, and all of them when a hub starts.
func BenchmarkContribution(b *testing.B) {
	const n = 1000
	objects := make([]string, n)
	for i := range objects {
		objects[i] = fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%08d-0000-4000-8000-000000000000","created":"2017-05-12T07:44:00.000Z","modified":"2017-05-12T07:44:00.000Z","name":"name %[1]d","description":"asked before files are turned","indicator_types":["malicious-activity"],"pattern":"[domain-name:value = 'host-%[1]d.example']","pattern_type":"stix","valid_from":"2017-05-12T07:44:00Z","object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}`, i)
	}
	body := []byte(`{"id":"contribution--1","source":"stix","objects":[` + strings.Join(objects, ",") + `]}`)
	s := outbreak.NewState(outbreak.Config{})
	e := ledger.Entry{Seq: 1, Kind: contribution.KindAccepted, Actor: "identity--09", Audience: "green default", Body: body}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Apply(e); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/indicator")
}
