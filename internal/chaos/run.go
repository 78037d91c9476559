package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// run is one run: hubs, clients, faults, and what came of it.
type run struct {
	settings
	*journal
	mode    mode
	members []*member
	schedule
	tokens tokens
	net    *network // nil: there is one hub, or no network of its own
	disk   string   // what it is called on which the data is, if it is a small one
	figures
}

// schedule is what the seed decides: which faults there are, when, and for how long.
type schedule struct{ *rand.Rand }

// between draws a time.
func (s schedule) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.Int64N(int64(most-least)))
}

// configuration is a hub's that refuses nobody for asking too often: all clients have
// one address, and how fast a hub is, is not the question here.
const configuration = `[limits]
reads = { per_second = inf }
writes = { per_second = inf }
failures = { per_second = inf }
pages = { per_second = inf }
guests = { per_second = inf }
[protect]
max_per_hour = 1000000
`

// run is one run of a mode.
func (s settings) run(ctx context.Context, m mode) (f figures, err error) {
	work := filepath.Join(s.dir, m.name)
	if s.dir == "" {
		if work, err = os.MkdirTemp("", "tocsin-chaos-"); err != nil {
			return f, err
		}
	}
	r := &run{settings: s, journal: newJournal(), mode: m, schedule: schedule{rand.New(rand.NewPCG(s.seed, uint64(len(m.name))))}}
	say("== %s, seed %d, %s, in %s", m.name, s.seed, s.length, work)
	err = r.prepare(work)
	if err == nil {
		err = r.suffer(ctx)
	}
	for _, m := range r.members {
		m.end(syscall.SIGKILL)
	}
	if err == nil {
		err = r.record(s.runs)
	}
	err = errors.Join(err, r.unmount())
	if r.net != nil {
		err = errors.Join(err, r.net.close())
	}
	switch {
	case err != nil || r.broken():
		say("what there is to look at is in %s", work)
	case s.dir == "":
		err = os.RemoveAll(work)
	}
	return r.figures, err
}

// prepare makes the hubs' folders, and says how they are started.
func (r *run) prepare(work string) error {
	if err := os.MkdirAll(work, 0o700); err != nil {
		return err
	}
	if err := r.mount(filepath.Join(work, "disk")); err != nil {
		return err
	}
	program, err := filepath.Abs(r.program)
	if err == nil {
		r.fileSystem, err = fileSystem(cmp.Or(r.disk, work))
	}
	if err != nil {
		return err
	}
	config := filepath.Join(work, "hub.toml")
	if err := os.WriteFile(config, []byte(configuration), 0o600); err != nil {
		return err
	}
	if r.mode.nodes > 1 {
		return r.nodes(program, config, work)
	}
	return r.alone(program, config, work)
}

// alone makes the one hub.
func (r *run) alone(program, config, work string) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	m := &member{name: "hub", url: "http://" + address, data: filepath.Join(work, "data"), logPath: filepath.Join(work, "hub.log")}
	if r.disk != "" {
		m.data = filepath.Join(r.disk, "data")
	}
	m.command = serve(program, config, m.data, address)
	r.members = []*member{m}
	return nil
}

func serve(program, config, data, address string) []string {
	return []string{program, "serve", "--config", config, "--data", data, "--listen", address, "--dns-listen", "127.0.0.1:0", "--sinkhole", "127.0.0.1:0"}
}

// suffer has clients call the hubs while there are faults, and then looks at what is
// left.
func (r *run) suffer(ctx context.Context) error {
	if err := revive(r.members...); err != nil {
		return err
	}
	if err := r.enrol(ctx); err != nil {
		return err
	}
	working, enough := context.WithCancel(ctx)
	watching, unwatched := context.WithCancel(ctx)
	var writers, readers sync.WaitGroup
	r.clients(working, watching, &writers, &readers)
	began := time.Now()
	err := r.hurt(ctx, r.mode.plan(r))
	r.seconds = time.Since(began).Seconds()
	if err == nil {
		err = r.heal()
	}
	enough()
	if err != nil {
		unwatched()
		return err
	}
	writers.Wait()
	time.Sleep(time.Second) // the readers are told of the last
	unwatched()
	readers.Wait()
	return r.judge(ctx)
}

// clients starts those who write, until working ends, and those who read.
func (r *run) clients(working, watching context.Context, writers, readers *sync.WaitGroup) {
	for i := range 3 {
		s := r.newSession(fmt.Sprintf("contributor%d", i), r.tokens.contributors[i%2], i)
		writers.Go(func() { s.contributor(working, r.tokens.collection) })
	}
	for i := range 2 {
		s := r.newSession(fmt.Sprintf("decider%d", i), r.tokens.coordinator, i)
		writers.Go(func() { s.decider(working) })
	}
	one, two := r.newSession("corroborator1", r.tokens.contributors[0], 1), r.newSession("corroborator2", r.tokens.contributors[1], 2)
	writers.Go(func() { corroborator(working, one, two) })
	for i := range 2 {
		s := r.newSession(fmt.Sprintf("reader%d", i), r.tokens.viewer, i)
		readers.Go(func() { s.reader(watching) })
		f := r.newSession(fmt.Sprintf("follower%d", i), r.tokens.viewer, i).newFollower(false)
		readers.Go(func() { f.follow(watching) })
	}
}

// bases are the addresses of all hubs.
func (r *run) bases() []string {
	all := make([]string, 0, len(r.members))
	for _, m := range r.members {
		all = append(all, m.url)
	}
	return all
}
