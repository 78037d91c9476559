package hindsight_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
)

func open(t *testing.T, dir string, opts hindsight.Options) *hindsight.Memory {
	t.Helper()
	m, err := hindsight.Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func flush(t *testing.T, m *hindsight.Memory) {
	t.Helper()
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
}

func bytesIn(t *testing.T, dir string) (total int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	return total
}

// The oldest days give way to the bytes: what is remembered is the newest, in
// one row without a gap.
func TestBytesAreBounded(t *testing.T) {
	dir := t.TempDir()
	now := start
	m := open(t, dir, hindsight.Options{MaxBytes: 60_000, Clock: func() time.Time { return now }})
	const each = 500
	for day := range 20 {
		for i := range each {
			m.Note(numbered(day*each+i), netip.Addr{}, now)
		}
		flush(t, m)
		m.Settle()
		if got := bytesIn(t, dir); got > 60_000 || got != m.Stats().Bytes {
			t.Fatalf("day %d: %d bytes on disk, %d by its own word", day, got, m.Stats().Bytes)
		}
		now = now.AddDate(0, 0, 1)
	}
	oldest := -1
	for day := range 20 {
		_, ok := m.Ask(numbered(day*each), false)
		_, all := m.Ask(numbered(day*each+each-1), false)
		if ok && oldest < 0 {
			oldest = day
		}
		if ok != (oldest >= 0) || ok != all {
			t.Errorf("day %d is remembered: %v and %v; the oldest is %d", day, ok, all, oldest)
		}
	}
	if oldest < 5 || oldest > 17 {
		t.Errorf("the oldest day is %d", oldest)
	}
}

// Many flushes a day end as few segments, and as one when the day is over.
func TestSegmentsAreMerged(t *testing.T) {
	now := start
	m := open(t, t.TempDir(), hindsight.Options{Clock: func() time.Time { return now }})
	for range 200 {
		m.Note(numbered(1), netip.MustParseAddr("192.0.2.1"), now)
		m.Note(numbered(2), netip.Addr{}, now)
		flush(t, m)
		m.Settle()
		if n := m.Stats().Segments; n > 16 {
			t.Fatalf("%d segments", n)
		}
		now = now.Add(time.Second)
	}
	now = now.AddDate(0, 0, 1)
	m.Note(numbered(3), netip.Addr{}, now)
	flush(t, m)
	m.Settle()
	if st := m.Stats(); st.Segments != 2 || st.Days != 2 || st.Records != 3 {
		t.Errorf("at last: %+v", st)
	}
	want := hindsight.Past{Value: numbered(1), First: start, Last: start.Add(199 * time.Second), Count: 200, Hosts: 1}
	if got, _ := m.Ask(numbered(1), false); got != want {
		t.Errorf("remembered: %+v, want %+v", got, want)
	}
}

// More than fits into memory goes to disk by itself, from many goroutines, and
// is counted exactly.
func TestMoreThanMemory(t *testing.T) {
	m := open(t, t.TempDir(), hindsight.Options{MaxMemory: 2 << 20})
	const values, rounds, readers = 20_000, 3, 4
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for range rounds {
				for i := range values {
					m.Note(numbered(i), netip.Addr{}, time.Now())
				}
			}
		})
	}
	asking := make(chan struct{})
	go func() {
		defer close(asking)
		before := uint64(0)
		for range 50 {
			past, _ := m.Ask(numbered(7), true)
			if past.Count < before {
				t.Errorf("seen %d times after %d", past.Count, before)
			}
			before = past.Count
		}
	}()
	wg.Wait()
	<-asking
	if m.Stats().Segments == 0 {
		t.Error("nothing went to disk")
	}
	var questions []hindsight.Question
	for i := range values {
		questions = append(questions, hindsight.Question{Value: numbered(i)})
	}
	n := 0
	for q, past := range m.AskAll(slices.Values(questions)) {
		if n++; past.Count != rounds*readers || past.Value != q.Value {
			t.Fatalf("%s: %+v", q.Text, past)
		}
	}
	if n != values {
		t.Errorf("%d of %d are remembered", n, values)
	}
}

// When nothing can be written, what is in memory goes on being counted, what is
// new is dropped and counted, and all is well when the disk is back.
func TestDiskFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "memory")
	m := open(t, dir, hindsight.Options{MaxMemory: 2 << 20})
	m.Note(numbered(0), netip.Addr{}, start)
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := m.Flush(); err == nil || !strings.Contains(err.Error(), "flush hindsight") {
		t.Fatalf("flushing into nothing: %v", err)
	}
	const many = 50_000
	for i := range many {
		m.Note(numbered(i), netip.Addr{}, start)
	}
	dropped := m.Stats().Dropped
	if dropped == 0 || dropped == many {
		t.Fatalf("%d were dropped", dropped)
	}
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	flush(t, m)
	sum := uint64(0)
	for i := range many {
		past, _ := m.Ask(numbered(i), false)
		sum += past.Count
	}
	if sum+dropped != many+1 {
		t.Errorf("%d remembered and %d dropped of %d", sum, dropped, many+1)
	}
}

// A segment that rots on disk is noticed, told, and does not take the others
// with it.
func TestDamage(t *testing.T) {
	for name, at := range map[string]func(size int64) int64{
		"a block":   func(int64) int64 { return 10 },
		"the index": func(size int64) int64 { return size - 80 },
		"the end":   func(size int64) int64 { return size - 3 },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			m := open(t, dir, hindsight.Options{})
			m.Note(numbered(1), netip.Addr{}, start)
			flush(t, m)
			m.Note(numbered(2), netip.Addr{}, start)
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, fmt.Sprintf("%016x.seen", 1))
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[at(int64(len(data)))] ^= 0x10
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			m = open(t, dir, hindsight.Options{})
			if _, ok := m.Ask(numbered(1), false); ok {
				t.Error("what is damaged is remembered")
			}
			if _, ok := m.Ask(numbered(2), false); !ok {
				t.Error("what is not damaged is not remembered")
			}
			if n := m.Stats().Damaged; n != 1 {
				t.Errorf("%d are damaged by its word", n)
			}
		})
	}
}

// A text that is too long is not remembered, and is counted; the longest is.
func TestLongText(t *testing.T) {
	m := open(t, t.TempDir(), hindsight.Options{})
	long := observable.Value{Type: observable.URL, Text: "http://a.example/" + strings.Repeat("x", 4096-17)}
	m.Note(long, netip.Addr{}, start)
	flush(t, m)
	if past, ok := m.Ask(long, false); !ok || past.Value != long {
		t.Error("4,096 bytes are not remembered")
	}
	if past, ok := m.Ask(observable.Value{Type: observable.Domain, Text: "a.example"}, false); !ok || past.Value != long {
		t.Error("nor is its host")
	}
	long.Text += "x"
	m.Note(long, netip.Addr{}, start)
	if _, ok := m.Ask(long, false); ok || m.Stats().TooLong != 1 {
		t.Errorf("one more is remembered: %v, or not counted: %+v", ok, m.Stats())
	}
}
