package main

import (
	"bytes"
	"cmp"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry/made"
)

// oracle matches slowly and obviously: generic JSON, Go maps, and nothing of
// what it judges.
type oracle struct {
	exact map[string]string // kind and text in normal form -> as it is listed
}

func newOracle(list string) oracle {
	o := oracle{map[string]string{}}
	for _, listed := range strings.Fields(list) {
		kind := "name"
		if _, err := netip.ParseAddr(listed); err == nil {
			kind = "address"
		} else if strings.Contains(listed, "://") {
			kind = "url"
		} else if ja3, ok := strings.CutPrefix(listed, "tls:ja3="); ok {
			o.exact["ja3 "+ja3] = listed
			continue
		} else if len(listed) == 64 && !strings.Contains(listed, ".") {
			kind = "hash"
		}
		o.exact[kind+" "+listed] = listed
	}
	return o
}

// hits are those of one record.
func (o oracle) hits(t *testing.T, line []byte, number int) (hits []matchHit) {
	var record map[string]any
	if err := json.Unmarshal(line, &record); err != nil {
		t.Fatal(err)
	}
	at := record["timestamp"].(string)
	seen := map[[2]string]bool{}
	add := func(listed, value, field string) {
		if key := [2]string{listed, field}; listed != "" && !seen[key] {
			seen[key] = true
			hits = append(hits, matchHit{listed, value, field, at, number})
		}
	}
	name := func(value, field string) {
		plain := strings.ToLower(strings.TrimSuffix(value, "."))
		for labels := strings.Split(plain, "."); len(labels) > 0; labels = labels[1:] {
			add(o.exact["name "+strings.Join(labels, ".")], value, field)
		}
	}
	address := func(value, field string) {
		if a, err := netip.ParseAddr(value); err == nil {
			add(o.exact["address "+a.Unmap().String()], value, field)
		}
	}
	text := func(object any, key string) string {
		members, _ := object.(map[string]any)
		s, _ := members[key].(string)
		return s
	}
	address(text(record, "src_ip"), "src_ip")
	address(text(record, "dest_ip"), "dest_ip")
	if dns, ok := record["dns"].(map[string]any); ok {
		name(text(dns, "rrname"), "dns.rrname")
		for _, answer := range dns["answers"].([]any) {
			name(text(answer, "rdata"), "dns.answers.rdata")
			address(text(answer, "rdata"), "dns.answers.rdata")
		}
	}
	if http, ok := record["http"].(map[string]any); ok {
		host, path := text(http, "hostname"), text(http, "url")
		bare := strings.TrimSuffix(host, ":80")
		named, _, _ := strings.Cut(host, ":")
		plain := strings.ToLower(named)
		for labels := strings.Split(plain, "."); len(labels) > 0; labels = labels[1:] {
			add(o.exact["name "+strings.Join(labels, ".")], host, "http.hostname")
		}
		add(o.exact["url http://"+strings.ToLower(bare)+path], "http://"+host+path, "http.url")
	}
	if tls, ok := record["tls"].(map[string]any); ok {
		name(text(tls, "sni"), "tls.sni")
		hash := text(tls["ja3"], "hash")
		add(o.exact["ja3 "+hash], hash, "tls.ja3.hash")
	}
	hash := text(record["fileinfo"], "sha256")
	add(o.exact["hash "+strings.ToLower(hash)], hash, "fileinfo.sha256")
	return hits
}

// oracleRecords is how many records of the generator the oracle judges; make
// soak takes millions. It is read before TestMain clears the environment.
var oracleRecords = func() int {
	if n, err := strconv.Atoi(os.Getenv("TOCSIN_ORACLE_RECORDS")); err == nil {
		return n
	}
	return 60_000
}()

func TestMatchEqualsTheOracle(t *testing.T) {
	of := made.Indicators{Seed: 11, N: 50_000}
	var list bytes.Buffer
	if err := of.WriteList(&list); err != nil {
		t.Fatal(err)
	}
	o := newOracle(list.String())
	indicators := filepath.Join(t.TempDir(), "indicators")
	if err := os.WriteFile(indicators, list.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	eve := made.NewEVE(5, of, made.Mix{Hits: 0.05, NearMisses: 0.1})
	const batch = 50_000
	file := filepath.Join(t.TempDir(), "eve.json")
	for left, total := oracleRecords, 0; left > 0; left -= batch {
		var records []byte
		var want []matchHit
		for line := range min(batch, left) {
			from := len(records)
			records = eve.Append(records)
			want = append(want, o.hits(t, records[from:], line+1)...)
		}
		if err := os.WriteFile(file, records, 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		if err := (&matchCommand{Indicators: indicators, sensorFlags: eveFrom(file)}).Run(&environment{Context: context.Background(), Stdout: &stdout, Stderr: &stderr}); err != nil {
			t.Fatal(err)
		}
		got := matchHits(t, stdout.Bytes())
		for _, list := range [][]matchHit{got, want} {
			slices.SortFunc(list, func(a, b matchHit) int {
				return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Indicator, b.Indicator))
			})
		}
		total += len(got)
		if total == 0 || !slices.Equal(got, want) {
			t.Fatalf("%d hits, the oracle has %d:\n%s\n%s", len(got), len(want), firstDifference(got, want), stderr.String())
		}
		if left <= batch {
			t.Logf("%d records, %d hits, all the oracle's", oracleRecords, total)
		}
	}
}

// firstDifference keeps a failure readable.
func firstDifference(got, want []matchHit) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return gocmp.Diff(want[i], got[i])
		}
	}
	return "one is the beginning of the other"
}
