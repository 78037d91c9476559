package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/telemetry/made"
)

// BenchmarkMatching holds the speed and the memory of matching against their
// floors, limits and peers, all in one run and on the same records. Speeds are
// per core: by processor time.
func BenchmarkMatching(b *testing.B) {
	for range b.N {
		r := &matching{B: b, events: number(b, "TOCSIN_BENCH_EVENTS", 1_000_000)}
		r.indicators = number(b, "TOCSIN_BENCH_INDICATORS", 10_000_000) / 100 * 100
		if r.indicators < peerPatterns || r.events < peerPatterns {
			b.Fatalf("TOCSIN_BENCH_INDICATORS and TOCSIN_BENCH_EVENTS: use at least %d", peerPatterns)
		}
		r.prepare()
		r.remark("load of the machine before: %s", otherLoad())
		r.reading()
		r.peers()
		r.holding()
		r.changing()
		r.edge()
		r.remark("load of the machine after: %s", otherLoad())
		r.print(os.Stdout)
		r.report(b)
	}
}

// matching is one turn of the benchmark.
type matching struct {
	*testing.B
	figures
	folder             string
	events, indicators int
	records            string // EVE
}

const matchingSeed = 4

// peerPatterns is how many indicators the peers are given, for some take no
// more. The records' hits are of these, which all lists begin with.
const peerPatterns = 10_000

func (r *matching) of(n int) made.Indicators { return made.Indicators{Seed: matchingSeed, N: n} }

func (r *matching) task(do string) task {
	return task{Do: do, Indicators: r.indicators, Seed: matchingSeed, Folder: r.folder, Snapshot: filepath.Join(r.folder, "snapshot"), Records: r.records}
}

// write makes a file.
func (r *matching) write(name string, content func(*bufio.Writer) error) (path string) {
	r.Helper()
	path = filepath.Join(r.folder, name)
	file, err := os.Create(path)
	if err != nil {
		r.Fatal(err)
	}
	out := bufio.NewWriterSize(file, 1<<20)
	if err = content(out); err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		r.Fatalf("write %s: %v", path, err)
	}
	return path
}

// prepare makes the records and the snapshot. Records are of the last minutes,
// so that an edge has a reason to remember them.
func (r *matching) prepare() {
	r.Helper()
	r.folder = r.TempDir()
	if _, err := built.program(r.Context(), false); err != nil { // before what takes long
		r.Fatal(err)
	}
	began := time.Now().Add(-time.Duration(r.events) * time.Millisecond).UTC()
	r.records = r.write("eve.json", func(out *bufio.Writer) error {
		eve, line := made.NewEVE(1, r.of(peerPatterns), made.Mix{Hits: 0.001, NearMisses: 0.01}), []byte(nil)
		for i := range r.events {
			line = eve.Append(line[:0])
			began.Add(time.Duration(i)*time.Millisecond).AppendFormat(line[:dateAt], timestampFormat)
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
	built := measure(r, r.task("build"), 1)
	r.remark("%s indicators, snapshot built in %.1f s of one core (%.1f of them to make the indicators up included), %.1f bytes each in the file with id and text",
		amount(float64(r.indicators)), built["seconds"], r.making(), built["file"]/float64(r.indicators))
}

// making is what it takes to make the indicators up.
func (r *matching) making() float64 {
	of, began, length := r.of(r.indicators), ownProcessor(), 0
	for i, v := range of.All() {
		length += len(v.Text) + len(of.ID(i))
	}
	if length == 0 {
		r.Fatal("the indicators have no text")
	}
	return (ownProcessor() - began).Seconds()
}

// reading measures how fast records are taken in.
func (r *matching) reading() {
	r.Helper()
	m := measure(r, r.task("events"), 1)
	info, err := os.Stat(r.records)
	if err != nil {
		r.Fatal(err)
	}
	r.add(figure{what: fmt.Sprintf("parse, extract, look up in %s", amount(float64(r.indicators))), unit: "EVE events/s", metric: "eve", value: m["events"] / m["seconds"], against: 1_000_000, floor: 1,
		note: fmt.Sprintf("%.1f observables and %d bytes an event, %.2f %% of the events hit; without look-ups %s", m["observables"]/m["events"], info.Size()/int64(r.events), 100*m["hits"]/m["events"], amount(m["events"]/m["bare"]))})

	lines := r.task("lines")
	lines.Records = r.write("dns.log", func(out *bufio.Writer) error {
		zeek, line := made.NewZeekDNS(2, r.of(peerPatterns), made.Mix{Hits: 0.001, NearMisses: 0.01}), []byte(nil)
		_, err := io.WriteString(out, made.ZeekDNSHeader)
		for range r.events {
			line = zeek.Append(line[:0])
			if err == nil {
				_, err = out.Write(line)
			}
		}
		return err
	})
	z := measure(r, lines, 1)
	r.add(figure{what: "parse and extract Zeek's dns.log", unit: "lines/s", metric: "zeek-dns", value: z["events"] / z["seconds"], against: 3_000_000, floor: 1})
}

// holding measures what indicators and patterns cost to have.
func (r *matching) holding() {
	r.Helper()
	n := float64(r.indicators)
	m := measure(r, r.task("memory"), 1)
	r.add(figure{what: "memory of an index, with ids", unit: "bytes an indicator", metric: "indicator-bytes", value: m["used"] / n, against: 16,
		note: fmt.Sprintf("resident, after a million look-ups; %.2f when it was opened", m["opened"]/n)})
	h := measure(r, r.task("hashes"), 1)
	r.add(figure{what: "hash set on the wire", unit: "bytes an indicator", metric: "wire-bytes", value: h["bytes"] / n, against: 6})
	p := measure(r, r.task("patterns"), 1)
	r.add(figure{what: fmt.Sprintf("ask %s patterns, none matches", amount(patternsAtOnce)), unit: "us an event", metric: "patterns", value: 1e6 * p["seconds"], against: 1,
		note: fmt.Sprintf("terms of the event included; %.1f us to parse and index a pattern, %.0f bytes each", 1e6*p["add"], p["bytes"])})
}

// changing measures updates.
func (r *matching) changing() {
	r.Helper()
	p := measure(r, r.task("push"), 2)
	r.add(figure{what: fmt.Sprintf("push 1,000 indicators to %s until all are found", amount(float64(r.indicators))), unit: "ms", metric: "push", value: 1e3 * p["p99"], against: 5,
		note: fmt.Sprintf("p99 of 200; p50 %.2f, worst %.2f", 1e3*p["p50"], 1e3*p["worst"])})
	c := measure(r, r.task("rebuild"), 2)
	r.add(figure{what: "reader's p99 during a full rebuild, of idle", unit: "us", metric: "rebuild", value: 1e6 * c["during"], against: 1.5 * 1e6 * c["idle"],
		note: fmt.Sprintf("idle %.2f us for 8 look-ups; the limit is 1.5 times that; rebuilt in %.1f s", 1e6*c["idle"], c["took"])})
}
