package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// objectsPerPage is how many objects a contribution brings, and a page holds.
const objectsPerPage = 1000

// benchObjects is how many objects BenchmarkLarge works on: a million, or what
// TOCSIN_BENCH_OBJECTS says, in thousands.
func benchObjects(b *testing.B) int {
	n := 1_000_000
	if s := os.Getenv("TOCSIN_BENCH_OBJECTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 10*objectsPerPage || n%objectsPerPage != 0 {
			b.Fatalf("TOCSIN_BENCH_OBJECTS is %q: it has to be thousands, ten at least", s)
		}
	}
	return n
}

// synthetic makes objects of about 865 bytes, two indicators for each
// relationship, with random ids.
type synthetic struct {
	random *rand.Rand
	last   string
	n      int
}

func newSynthetic() *synthetic { return &synthetic{random: rand.New(rand.NewPCG(20170512, 744))} }

func (s *synthetic) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return uuid.UUID(b).String()
}

const (
	description = "Seen by a sensor at the edge of a network in front of the service that the name stands for; the counts are those of the first hour. "
	reference   = `"external_references":[{"source_name":"report","description":"The report in which it was first described, with what else was seen beside it.","url":"https://reports.example/2017/05/12/outbreak.html"}],`
)

func (s *synthetic) object() string {
	s.n++
	common := fmt.Sprintf(`"spec_version":"2.1","created_by_ref":"identity--a0000000-0000-4000-8000-000000000001","created":"2017-05-12T07:44:00.000Z","modified":"2017-05-12T07:44:00.000Z",%s"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],`, reference)
	if s.n%3 == 0 {
		id := "indicator--" + s.uuid()
		relation := fmt.Sprintf(`{"type":"relationship",%s"id":"relationship--%s","relationship_type":"based-on","source_ref":%q,"target_ref":%q,"description":%q}`,
			common, s.uuid(), id, s.last, description+description)
		return relation
	}
	s.last = "indicator--" + s.uuid()
	host := fmt.Sprintf("h%08x.n%03x.example", s.random.Uint32(), s.random.IntN(4096))
	return fmt.Sprintf(`{"type":"indicator",%s"id":%q,"name":"%s","description":%q,"indicator_types":["malicious-activity"],"labels":["outbreak"],"pattern":"[domain-name:value = '%s']","pattern_type":"stix","valid_from":"2017-05-12T07:44:00Z"}`,
		common, s.last, host, description, host)
}

func (s *synthetic) part() contribution.Part {
	part := contribution.Part{ID: "contribution--" + s.uuid(), Part: 1, Parts: 1, Source: "stix"}
	for range objectsPerPage {
		part.Objects = append(part.Objects, []byte(s.object()))
	}
	return part
}

// BenchmarkLarge fills a catalog, rebuilds it from a ledger and serves it, each
// beside its floor or its limit in the same run.
func BenchmarkLarge(b *testing.B) {
	n := benchObjects(b)
	l, err := sqlite.Open(filepath.Join(b.TempDir(), "ledger"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	path := filepath.Join(b.TempDir(), "catalog.db")
	b.Run("visible", func(b *testing.B) { benchVisible(b, l, path, n) })
	b.Run("again", func(b *testing.B) { benchAgain(b, l, path) })
	b.Run("rebuild", func(b *testing.B) { benchRebuild(b, l, n) })
	b.Run("pages", func(b *testing.B) { benchPages(b, path, n) })
	b.Run("take back", func(b *testing.B) { benchTakeBack(b, l, path) })
	b.Run("rest", func(b *testing.B) { benchRest(b, path) })
}

// spent is time on the clock, and of all processors: on a machine that is busy
// with something else the latter tells what the former would be.
type spent struct{ wall, cpu time.Duration }

var began = time.Now()

func now(tb testing.TB) spent {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return spent{time.Since(began), time.Duration(usage.Utime.Nano() + usage.Stime.Nano())}
}

func (s spent) since(start spent) spent { return spent{s.wall - start.wall, s.cpu - start.cpu} }

func (s *spent) add(more spent) { s.wall, s.cpu = s.wall+more.wall, s.cpu+more.cpu }

func (s spent) report(b *testing.B, objects int) {
	b.ReportMetric(float64(objects)/s.wall.Seconds(), "objects/s")
	b.ReportMetric(float64(objects)/s.cpu.Seconds(), "objects/CPU-s")
}

func draft(tb testing.TB, part contribution.Part) ledger.Draft {
	d, err := ledger.NewDraft(contribution.KindAccepted, string(alpha), green.String(), part)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// benchVisible applies contributions one by one: the rate of the first tenth
// and of the last tell whether it stays the same.
func benchVisible(b *testing.B, l *sqlite.Ledger, path string, n int) {
	if head, err := l.Head(b.Context()); err != nil || head.Seq > 0 {
		b.Skip("it is filled once", err)
	}
	c, err := catalog.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	s, size := newSynthetic(), 0
	var all, first, last spent
	tenth := n / objectsPerPage / 10
	for i := range n / objectsPerPage {
		d := draft(b, s.part())
		size += len(d.Body)
		entries, err := l.Append(b.Context(), ledger.Any, d)
		if err != nil {
			b.Fatal(err)
		}
		start := now(b)
		apply(b, c, entries)
		took := now(b).since(start)
		all.add(took)
		if i < tenth {
			first.add(took)
		}
		if i >= n/objectsPerPage-tenth {
			last.add(took)
		}
	}
	all.report(b, n)
	b.ReportMetric(float64(n)/all.wall.Seconds()/30_000, "ratio-to-30000/s")
	b.ReportMetric(first.wall.Seconds()/last.wall.Seconds(), "last-tenth/first")
	b.ReportMetric(first.cpu.Seconds()/last.cpu.Seconds(), "last-tenth/first-by-CPU")
	b.ReportMetric(float64(size)/float64(n), "bytes/object")
	b.ReportMetric(0, "ns/op")
}

// benchAgain applies what is there already, as other contributions.
func benchAgain(b *testing.B, l *sqlite.Ledger, path string) {
	c, err := catalog.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	const parts = 10
	before, again := newSynthetic(), time.Duration(0)
	fresh := &synthetic{random: rand.New(rand.NewPCG(1, 2)), last: "indicator--" + uuid.NewString()}
	var added time.Duration
	for range parts {
		for _, turn := range []struct {
			s    *synthetic
			took *time.Duration
		}{{before, &again}, {fresh, &added}} {
			part := turn.s.part()
			part.ID += "-again"
			entries, err := l.Append(b.Context(), ledger.Any, draft(b, part))
			if err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			apply(b, c, entries)
			*turn.took += time.Since(start)
		}
	}
	b.ReportMetric(parts*objectsPerPage/again.Seconds(), "objects/s")
	b.ReportMetric(again.Seconds()/added.Seconds(), "of-new")
	b.ReportMetric(0, "ns/op")
}
