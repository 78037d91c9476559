package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/made"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// task is a part of the matcher to measure in a process of its own, on one core
// unless it is about what goes on beside.
type task struct {
	Do         string `json:"do"`
	Indicators int    `json:"indicators"`
	Seed       uint64 `json:"seed"`
	Folder     string `json:"folder"`
	Snapshot   string `json:"snapshot"`
	Records    string `json:"records"`
}

func (t task) of() made.Indicators { return made.Indicators{Seed: t.Seed, N: t.Indicators} }

// measures are a task's results by name.
type measures map[string]float64

var tasks = map[string]func(task) (measures, error){
	"build": buildSnapshot, "events": readEvents, "lines": readLines, "memory": holdIndicators,
	"patterns": missPatterns, "push": pushIndicators, "rebuild": rebuildBeside, "hashes": writeHashes,
}

// beMatcher does the task on in.
func beMatcher(in io.Reader, out io.Writer) error {
	var t task
	if err := json.UnmarshalRead(in, &t); err != nil {
		return err
	}
	do, ok := tasks[t.Do]
	if !ok {
		return fmt.Errorf("there is no task %q", t.Do)
	}
	stop, err := t.profiled()
	if err != nil {
		return err
	}
	m, err := do(t)
	if err = errors.Join(err, stop()); err != nil {
		return fmt.Errorf("%s: %w", t.Do, err)
	}
	return json.MarshalWrite(out, m)
}

// profiled begins a profile of the task, if profiles are wanted, that stop writes.
func (t task) profiled() (stop func() error, err error) {
	dir := os.Getenv("TOCSIN_BENCH_PROFILE")
	if dir == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(filepath.Join(dir, "matching-"+t.Do+".cpu.pprof"))
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, err
}

// measure has another process do a task.
func measure(tb testing.TB, t task, threads int) measures {
	tb.Helper()
	cmd, err := again(roleMatcher)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(t)
	if err != nil {
		tb.Fatal(err)
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("GOMAXPROCS=%d", threads))
	cmd.Stdin = bytes.NewReader(text)
	answer, err := cmd.Output()
	var m measures
	if err == nil {
		err = json.Unmarshal(answer, &m)
	}
	if err != nil {
		tb.Fatalf("measure %s: %v", t.Do, err)
	}
	return m
}

// buildSnapshot writes all indicators with their ids as a snapshot.
func buildSnapshot(t task) (measures, error) {
	of := t.of()
	before := ownProcessor()
	built, err := match.Build(t.Snapshot, func(yield func(match.Indicator) bool) {
		for i, v := range of.All() {
			if !yield(match.Indicator{ID: of.ID(i), Value: v}) {
				return
			}
		}
	})
	return measures{"seconds": (ownProcessor() - before).Seconds(), "file": float64(built.Bytes)}, err
}

// passes is how often what takes a second or so is measured; the middle counts.
const passes = 3

// middle is the one that as many are above as below.
func middle[T interface{ ~int64 | ~float64 }](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

// readEvents parses EVE records, extracts, and looks up what they show; and
// measures the same without the last.
func readEvents(t task) (measures, error) {
	index, err := match.Open(t.Snapshot)
	if err != nil {
		return nil, err
	}
	watcher := watch.New(watch.Library{Index: index}).Watcher()
	m := measures{}
	read := func(lookUp bool) (time.Duration, error) {
		records, err := os.Open(t.Records)
		if err != nil {
			return 0, err
		}
		defer records.Close()
		events, seen, hits := 0, 0, 0
		began := ownProcessor()
		for r := telemetry.NewEVE(records, telemetry.Options{}); ; {
			event, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return 0, err
			}
			events++
			seen += len(event.Observables)
			if lookUp && len(watcher.Hits(event, uint64(event.Line))) > 0 {
				hits++
			}
		}
		took := ownProcessor() - began
		m["events"], m["observables"] = float64(events), float64(seen)
		if lookUp {
			m["hits"] = float64(hits)
		}
		return took, nil
	}
	var with, without []time.Duration
	for range passes {
		took, err := read(true)
		bare, err2 := read(false)
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		with, without = append(with, took), append(without, bare)
	}
	m["seconds"], m["bare"] = middle(with).Seconds(), middle(without).Seconds()
	return m, nil
}

// readLines parses and extracts lines of Zeek's dns.log.
func readLines(t task) (measures, error) {
	m := measures{}
	var all []time.Duration
	for range passes {
		records, err := os.Open(t.Records)
		if err != nil {
			return nil, err
		}
		events, began := 0, ownProcessor()
		for r := telemetry.NewZeek(records, telemetry.Options{}); err == nil; events++ {
			_, err = r.Next()
		}
		all = append(all, ownProcessor()-began)
		m["events"] = float64(events - 1)
		if _ = records.Close(); !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	m["seconds"] = middle(all).Seconds()
	return m, nil
}
