// Chaos runs hubs as real processes, has clients write and read, and does to the
// processes, their disk and their network what goes wrong in the field: they are killed,
// stopped, cut off, their disk fills, their files lose a bit. What every client was told is kept,
// and in the end internal/chaos/history judges it. See docs/chaos.md.
//
// Its last line on standard output is "N kills, N partitions, N acknowledged, N lost";
// its exit status is 1 if anything is lost or any rule is broken.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// settings are what the command line says.
type settings struct {
	program string        // the built tocsin
	mode    string        // one of the modes, or all
	seed    uint64        // decides which faults there are, when, and for how long
	length  time.Duration // of the faults, all modes together; the end, in which all is read, comes on top
	commit  string        // that the program was built from; for the file of runs
	runs    string        // the file to which the runs' figures are appended; "": none
	dir     string        // where the hubs' data is while they run; "": a folder of its own
	inside  bool          // this process has namespaces of its own
}

func main() {
	var s settings
	flag.StringVar(&s.program, "program", "bin/tocsin", "the built `tocsin`")
	flag.StringVar(&s.mode, "mode", "all", "hub: one hub on disk; full: one on a small disk that fills; nodes: three; all: each for its share of the time")
	flag.Uint64Var(&s.seed, "seed", 0, "decides the faults; 0: one is drawn, and said")
	seconds := flag.Float64("seconds", 60, "for how long there are faults")
	flag.StringVar(&s.commit, "commit", "unknown", "the commit that the program was built from, for the figures")
	flag.StringVar(&s.runs, "runs", "", "a `file` to which a line with the figures of each run is appended")
	flag.StringVar(&s.dir, "dir", "", "a `folder` for the hubs' data instead of one that is removed in the end")
	flag.Parse()
	s.length = time.Duration(*seconds * float64(time.Second))
	if s.seed == 0 {
		s.seed = rand.Uint64N(1 << 32)
	}
	if flag.NArg() > 0 || s.length <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	os.Exit(s.start())
}

// start goes on in namespaces of its own, where there are any to be had.
func (s settings) start() int {
	status, inside, err := enter()
	if inside {
		return status
	}
	if err != nil {
		skipped("partitions, a full disk", err)
	}
	s.inside = err == nil
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	total, err := s.all(ctx)
	if err != nil {
		say("%v", err)
	}
	fmt.Println(total)
	if err != nil || total.broken() {
		return 1
	}
	return 0
}

// all runs the modes that were asked for, one after the other.
func (s settings) all(ctx context.Context) (total figures, err error) {
	for _, m := range modes {
		if s.mode != m.name && s.mode != "all" {
			continue
		}
		if m.needs && !s.inside {
			skipped("the mode "+m.name, errNoNamespaces)
			continue
		}
		one := s
		one.mode = m.name
		if s.mode == "all" {
			one.length = time.Duration(float64(s.length) * m.share)
		}
		f, err := one.run(ctx, m)
		total.add(f)
		if err != nil {
			return total, fmt.Errorf("%s, seed %d: %w", m.name, s.seed, err)
		}
		fmt.Printf("%s: %s\n", m.name, f)
	}
	return total, nil
}

// mode is a way to run.
type mode struct {
	name  string
	share float64 // of the time, of all modes
	nodes int
	small bool // the data is on a small disk
	needs bool // namespaces
	plan  func(*run) []fault
}

var modes = []mode{
	{name: "hub", share: 0.3, nodes: 1, plan: hubFaults},
	{name: "full", share: 0.2, nodes: 1, small: true, needs: true, plan: fullFaults},
	{name: "nodes", share: 0.5, nodes: 3, plan: nodeFaults},
}

// say tells whoever watches; the figures alone are on standard output.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// skipped says loudly what this machine does not allow.
func skipped(what string, why error) { say("SKIPPED: %s: %v", what, why) }
