package stix_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/stix"
)

// attack is the unpacked ATT&CK Enterprise bundle.
func attack(tb testing.TB) []byte {
	tb.Helper()
	packed, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "enterprise-attack.json.gz"))
	if err != nil {
		tb.Skipf("the ATT&CK bundle is not at hand: %v", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

const attackObjects = 24771

// objectsOf reports how many objects a second an operation on all of them means.
func objectsOf(b *testing.B) {
	b.ReportMetric(float64(attackObjects)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}

func BenchmarkReadBundle(b *testing.B) {
	text := attack(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		n := 0
		err := stix.ReadBundle(bytes.NewReader(text), stix.Limits{}, func(stix.Object) error { n++; return nil })
		if err != nil || n != attackObjects {
			b.Fatal(n, err)
		}
	}
	objectsOf(b)
}

// BenchmarkValidate is validation alone: the objects have been read before.
// Those of ATT&CK have 1,367 bytes in the mean, and five warnings each.
func BenchmarkValidate(b *testing.B) {
	objects := make([]stix.Object, 0, attackObjects)
	size := 0
	err := stix.ReadBundle(bytes.NewReader(attack(b)), stix.Limits{}, func(o stix.Object) error {
		o.Raw = o.Raw.Clone()
		size += len(o.Raw)
		objects = append(objects, o)
		return nil
	})
	if err != nil || len(objects) != attackObjects {
		b.Fatal(len(objects), err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, o := range objects {
			for _, f := range stix.Validate(o) {
				if f.Level == stix.LevelError {
					b.Fatal(f.Err)
				}
			}
		}
	}
	objectsOf(b)
}

// BenchmarkReadAndValidate is what accepting a bundle takes of this package.
func BenchmarkReadAndValidate(b *testing.B) {
	text := attack(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		err := stix.ReadBundle(bytes.NewReader(text), stix.Limits{}, func(o stix.Object) error {
			stix.Validate(o)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	objectsOf(b)
}

// typical is an indicator of the size that the hub's limits speak of.
const typical = `{"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","labels":["wannacry","day-one"],"confidence":85,"name":"Kill switch of the first wave",
"description":"A host that asks for this name runs the worm, which stops where the name answers. Do not block it: let it answer, and look at who asked.",
"indicator_types":["malicious-activity"],"pattern":"[domain-name:value = 'kill-switch.example']","pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z","valid_until":"2018-05-12T07:43:00Z",
"kill_chain_phases":[{"kill_chain_name":"lockheed-martin-cyber-kill-chain","phase_name":"command-and-control"}],
"external_references":[{"source_name":"report","external_id":"2017-0512"}],"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}`

func BenchmarkValidateTypical(b *testing.B) {
	h, err := stix.ParseHeader([]byte(typical))
	if err != nil {
		b.Fatal(err)
	}
	o := stix.Object{Header: h, Raw: []byte(typical), Line: 1}
	b.SetBytes(int64(len(typical)))
	b.ReportAllocs()
	for b.Loop() {
		if findings := stix.Validate(o); findings != nil {
			b.Fatal(findings[0].Err)
		}
	}
}

func BenchmarkRedact(b *testing.B) {
	granular := []byte(typical[:len(typical)-1] + `,"granular_markings":[{"marking_ref":"` + redMarking + `","selectors":["labels.[0]"]}]}`)
	for name, raw := range map[string][]byte{"without": []byte(typical), "with": granular} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := hideRed(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
