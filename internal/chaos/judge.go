package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// heal ends every fault: all hubs run, and get on.
func (r *run) heal() error {
	for _, m := range r.members {
		m.signal(syscall.SIGCONT)
	}
	if err := r.supervise(); err != nil {
		return err
	}
	for _, m := range r.members {
		if err := ready(m, r.supervise); err != nil {
			return err
		}
	}
	return nil
}

// ready waits until a hub says that its views hold what its ledger does, as long as
// between finds nothing wrong.
func ready(m *member, between func() error) error {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(pause) {
		if err := between(); err != nil {
			return err
		}
		answer, err := http.Get(m.url + "/readyz") //nolint:noctx // the client has no deadline, and the hub is on this machine
		if err != nil {
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("%s is not ready after %s:\n%s", m.name, patience, m.tail())
}

// judge reads everything from every hub, stops them, has their ledgers checked, and
// holds all that clients were told against the rules.
func (r *run) judge(ctx context.Context) error {
	expected := r.expected()
	for i, m := range r.members {
		f := r.newSession("in the end at "+m.name, r.tokens.viewer, i).newFollower(true)
		f.bases = f.bases[i : i+1]
		f.at = 0
		f.whole(ctx, expected)
		r.journal.follow(f.reading)
		f.fresh = true
		f.readSome(ctx, sampled)
	}
	for _, m := range r.members {
		if !m.end(syscall.SIGTERM) {
			r.defect("%s does not end in order:\n%s", m.name, m.tail())
		}
		r.sound(m)
	}
	h, defects := r.end()
	v := h.Check()
	r.acknowledged, r.lost, r.wrong = v.Acknowledged, v.Lost, len(v.Broken)+defects
	for _, b := range v.Broken {
		say("BROKEN: %s: %s", b.Rule, b.What)
	}
	say("%d reads, %d readings of the stream, %d decisions of its own; faults: %s", len(h.Reads), len(h.Readings), len(h.Due), r.list())
	return nil
}

// expected are the effects that every hub has to tell of in the end.
func (r *run) expected() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]bool{}
	for _, w := range r.h.Writes {
		if w.Acked > 0 {
			all[w.Effect] = true
		}
	}
	for _, e := range r.h.Due {
		all[e.Name] = true
	}
	return all
}

// catchUp is how long a hub may take in the end to tell of all that is expected. Then
// it is judged by what it told.
const catchUp = 30 * time.Second

// whole reads the stream to its end, and again what comes after that, until all that
// is expected was told.
func (f *follower) whole(ctx context.Context, expected map[string]bool) {
	told, missing := 0, len(expected)
	for began := time.Now(); time.Since(began) < catchUp && ctx.Err() == nil; f.rest(ctx, 10*pause) {
		ended := f.connect(ctx, false)
		for ; told < len(f.reading.Lines); told++ {
			for _, e := range f.reading.Lines[told].Effects {
				if expected[e.Name] {
					missing--
				}
			}
		}
		if ended && missing <= 0 || len(f.reading.Gone) > 0 {
			return
		}
	}
}

// sampled is how many objects are read one by one in the end; the stream has all.
const sampled = 3000

// readSome reads every key that was decided on, and so many objects, the last above all.
func (f *follower) readSome(ctx context.Context, most int) {
	f.mu.Lock()
	writes := slices.Clone(f.h.Writes)
	f.mu.Unlock()
	keys, objects := map[string]bool{}, 0
	for _, w := range slices.Backward(writes) {
		if keys[w.Key] || !w.Decides && objects >= most {
			continue
		}
		keys[w.Key] = true
		if !w.Decides {
			objects++
		}
		f.readKey(ctx, w)
	}
}

// sound has `tocsin check` read all that a hub has stored.
func (r *run) sound(m *member) {
	if said, err := exec.Command(r.program, "check", "--data", m.data).CombinedOutput(); err != nil { //nolint:noctx // it ends by itself
		r.defect("tocsin check of %s: %v: %s", m.name, err, said)
	}
}
