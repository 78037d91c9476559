package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// matchHit is a line of the output.
type matchHit struct {
	Indicator, Value, Field, Timestamp string
	Line                               int
}

func matchFiles(t *testing.T, indicators, records string) (eve, list string) {
	t.Helper()
	dir := t.TempDir()
	eve, list = filepath.Join(dir, "eve.json"), filepath.Join(dir, "indicators")
	for path, text := range map[string]string{eve: records, list: indicators} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return eve, list
}

func eveFrom(path string) sensorFlags { return sensorFlags{EVE: []string{path}} }

func matchHits(t *testing.T, output []byte) (hits []matchHit) {
	t.Helper()
	for line := range bytes.Lines(output) {
		var hit matchHit
		if err := json.Unmarshal(line, &hit, json.MatchCaseInsensitiveNames(true), json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		hits = append(hits, hit)
	}
	return hits
}

func TestMatchPlainList(t *testing.T) {
	const at = "2017-05-12T07:24:03.000000+0000"
	record := func(rest string) string { return `{"timestamp":"` + at + `",` + rest + "}\n" }
	eve, list := matchFiles(t, "# seen\nEvil.example\n198.51.100.0/24\n198.51.100.7\nhttp://evil.example/a/b\n*.bad\n",
		record(`"dest_ip":"::ffff:198.51.100.7","dns":{"rrname":"WWW.Evil.Example."}`)+
			record(`"dest_ip":"198.51.101.7","dns":{"rrname":"notevil.example"},"tls":{"sni":"evil.example.good.example"}`)+
			"{broken\n"+
			record(`"http":{"hostname":"EVIL.example","url":"\/a\/b"}`))
	var stdout, stderr bytes.Buffer
	command := matchCommand{Indicators: list, sensorFlags: eveFrom(eve)}
	if err := command.Run(&environment{Context: context.Background(), Stdout: &stdout, Stderr: &stderr}); err != nil {
		t.Fatal(err)
	}
	want := []matchHit{
		{"198.51.100.7", "::ffff:198.51.100.7", "dest_ip", at, 1},
		{"198.51.100.0/24", "::ffff:198.51.100.7", "dest_ip", at, 1},
		{"Evil.example", "WWW.Evil.Example.", "dns.rrname", at, 1},
		{"Evil.example", "EVIL.example", "http.hostname", at, 4},
		{"http://evil.example/a/b", "http://EVIL.example/a/b", "http.url", at, 4},
	}
	if diff := cmp.Diff(want, matchHits(t, stdout.Bytes())); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{"4 lines, 3 events, 5 hits; 4 indicators loaded, 1 with problems", "line 6: *.bad: ", "1 malformed", "line 3 (byte "} {
		if !strings.Contains(stderr.String(), part) {
			t.Errorf("the summary lacks %q:\n%s", part, stderr.String())
		}
	}
}

func TestMatchBundleFromStandardInput(t *testing.T) {
	const id = "indicator--00000000-0000-4000-8000-000000000001"
	_, list := matchFiles(t, `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000002","objects":[{"type":"indicator","spec_version":"2.1","id":"`+id+
		`","created":"2017-05-12T00:00:00Z","modified":"2017-05-12T00:00:00Z","valid_from":"2017-05-12T00:00:00Z","pattern_type":"stix","pattern":"[domain-name:value = 'evil.example' OR domain-name:value = 'EVIL.example']"}]}`, "")
	var stdout, stderr bytes.Buffer
	command := matchCommand{Indicators: list, sensorFlags: eveFrom("-"), JSON: true}
	env := &environment{Context: context.Background(), Stdout: &stdout, Stderr: &stderr,
		Stdin: strings.NewReader(`{"dns":{"rrname":"evil.example"}}` + "\n" + `{"dns":{"rrname":"www.evil.example"}}`)}
	if err := command.Run(env); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]matchHit{{id, "evil.example", "dns.rrname", "", 1}}, matchHits(t, stdout.Bytes())); diff != "" {
		t.Error(diff)
	}
	var summary matchSummary
	if err := json.Unmarshal(stderr.Bytes(), &summary); err != nil || summary.Lines != 2 || summary.Hits != 1 || summary.Indicators != 1 {
		t.Errorf("%s: %v", stderr.String(), err)
	}
}

func TestMatchBadInput(t *testing.T) {
	eve, list := matchFiles(t, "not an indicator\n", "{}\n")
	tests := []struct {
		name    string
		command matchCommand
		want    string
	}{
		{"no list", matchCommand{Indicators: list + "x", sensorFlags: eveFrom(eve)}, list + "x"},
		{"no indicator", matchCommand{Indicators: list, sensorFlags: eveFrom(eve)}, "line 1: not an indicator"},
		{"no records", matchCommand{Indicators: eve, sensorFlags: eveFrom(eve + "x")}, ""},
	}
	for _, test := range tests {
		var stdout bytes.Buffer
		err := test.command.Run(&environment{Context: context.Background(), Stdout: &stdout, Stderr: io.Discard})
		if err == nil || !strings.Contains(err.Error(), test.want) || stdout.Len() > 0 {
			t.Errorf("%s: %v, %q", test.name, err, stdout.String())
		}
	}
}

func evil(t *testing.T) watch.Library {
	t.Helper()
	index := match.New()
	index.Add(match.Indicator{ID: "evil.example", Value: observable.Value{Type: observable.Domain, Text: "evil.example"}, Subdomains: true})
	return watch.Library{Index: index}
}

// Whoever follows a live stream sees a hit before the next record comes.
func TestMatchFollowsLiveInput(t *testing.T) {
	in, feed := io.Pipe()
	seen, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := matchRecords(context.Background(), evil(t), sensors.EVE, in, out)
		out.CloseWithError(err)
		done <- err
	}()
	for n := range 3 {
		if _, err := io.WriteString(feed, `{"dns":{"rrname":"evil.example"}}`+"\n"); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 200)
		size, err := seen.Read(line)
		if err != nil || !strings.HasSuffix(string(line[:size]), fmt.Sprintf("\"line\":%d}\n", n+1)) {
			t.Fatalf("%q, %v", line[:size], err)
		}
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The end of the context ends the wait for input that does not come.
func TestMatchStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in, feed := io.Pipe()
	defer feed.Close()
	var out bytes.Buffer
	done := make(chan error, 1)
	go func() {
		_, err := matchRecords(ctx, evil(t), sensors.EVE, in, &out)
		done <- err
	}()
	if _, err := io.WriteString(feed, `{"dns":{"rrname":"evil.example"}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

type failingOutput struct{ err error }

func (f failingOutput) Write([]byte) (int, error) { return 0, f.err }

func TestMatchOutputFails(t *testing.T) {
	full := errors.New("disk full")
	records := strings.NewReader(strings.Repeat(`{"dns":{"rrname":"evil.example"}}`+"\n", 100_000))
	summary, err := matchRecords(context.Background(), evil(t), sensors.EVE, records, failingOutput{full})
	if !errors.Is(err, full) || summary.Lines == 100_000 {
		t.Errorf("%v after %d lines", err, summary.Lines)
	}
}

// Generated records with near misses, each written in one of several ways,
// against a judge that compares the names and addresses as strings.
func TestMatchAgainstJudge(t *testing.T) {
	const events = 20_000
	rng := rand.New(rand.NewPCG(4, 2))
	var listed []string
	for n := range 200 {
		listed = append(listed, fmt.Sprintf("evil%d.example", n), fmt.Sprintf("203.0.113.%d", n), fmt.Sprintf("%064x", n), fmt.Sprintf("http://host%d.example/evil/%d", n, n))
	}
	var records bytes.Buffer
	var want []string
	for line := 1; line <= events; line++ {
		n := rng.IntN(400)
		name := fmt.Sprintf([]string{"evil%d.example", "www.evil%d.example", "notevil%d.example", "evil%d.example.good.example", "evil%d.examples", "a.b.evil%d.example"}[rng.IntN(6)], n)
		address, hash := fmt.Sprintf("203.0.113.%d", n%256), fmt.Sprintf("%064x", n)
		host, path := fmt.Sprintf("host%d.example", n), fmt.Sprintf("/evil/%d%s", n, []string{"", "/", "?", "0"}[rng.IntN(4)])
		for _, ind := range listed {
			hit := func(field string) { want = append(want, fmt.Sprintf("%d %s %s", line, field, ind)) }
			if name == ind || strings.HasSuffix(name, "."+ind) {
				hit("dns.rrname")
			}
			if address == ind {
				hit("dest_ip")
			}
			if hash == ind {
				hit("fileinfo.sha256")
			}
			if "http://"+host+path == ind {
				hit("http.url")
			}
		}
		if rng.IntN(2) == 0 {
			name, address, hash, host = strings.ToUpper(name)+".", "::ffff:"+address, strings.ToUpper(hash), strings.ToUpper(host)
		}
		if rng.IntN(2) == 0 {
			path = strings.ReplaceAll(path, "/", `\/`)
		}
		fmt.Fprintf(&records, `{"timestamp":"2017-05-12T07:24:03.000000+0000","event_type":"http","src_ip":"192.0.2.1","dest_ip":"%s","dns":{"rrname":"%s"},"http":{"hostname":"%s","url":"%s"},"fileinfo":{"sha256":"%s"}}`+"\n", address, name, host, path, hash)
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(strings.Join(listed, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	library, problems, err := watch.LoadFile(list, "", patternset.Options{})
	if err != nil || problems.Count > 0 {
		t.Fatal(problems, err)
	}
	var out bytes.Buffer
	summary, err := matchRecords(context.Background(), library, sensors.EVE, &records, &out)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, hit := range matchHits(t, out.Bytes()) {
		got = append(got, fmt.Sprintf("%d %s %s", hit.Line, hit.Field, hit.Indicator))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(want, got) {
		t.Errorf("%d hits, want %d; -want +got\n%.2000s", len(got), len(want), cmp.Diff(want, got))
	}
	if summary.Events != events || len(want) < events/2 {
		t.Errorf("%+v; %d hits prove little", summary, len(want))
	}
}
