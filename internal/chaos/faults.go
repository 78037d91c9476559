package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// fault is one kind of harm. It leaves the hubs such that they can go on.
type fault struct {
	name   string
	weight int // how often it is drawn, among all
	do     func(context.Context) error
}

// hurt draws faults until the time is over. After each the hubs have to acknowledge
// something again before the next.
func (r *run) hurt(ctx context.Context, plan []fault) error {
	total := 0
	for _, f := range plan {
		total += f.weight
	}
	for began := time.Now(); time.Since(began) < r.length && ctx.Err() == nil; {
		if err := r.goesOn(ctx, 1+r.IntN(15)); err != nil {
			return err
		}
		drawn := r.IntN(total)
		for _, f := range plan {
			if drawn -= f.weight; drawn < 0 {
				if err := f.do(ctx); err != nil {
					return fmt.Errorf("%s: %w", f.name, err)
				}
				r.did(f.name)
				break
			}
		}
		if err := r.supervise(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// supervise starts what does not run. Nothing ends by itself, unless its disk was full.
func (r *run) supervise() error {
	var gone []*member
	for _, m := range r.members {
		if m.byItself() {
			if !r.mode.small || !strings.HasPrefix(r.lastFault, filling) {
				r.defect("after %q %s ended by itself:\n%s", r.lastFault, m.name, m.tail())
			}
			m.end(syscall.SIGKILL)
		}
		if !m.runs() {
			gone = append(gone, m)
		}
	}
	return revive(gone...)
}

// goesOn waits until so many more writes are acknowledged.
func (r *run) goesOn(ctx context.Context, more int) error {
	target := r.answered() + more
	for began := time.Now(); r.answered() < target; time.Sleep(pause) {
		if err := r.supervise(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(began) > patience {
			return fmt.Errorf("after %q nothing is acknowledged for %s; %s said last:\n%s", r.lastFault, patience, r.members[0].name, r.members[0].tail())
		}
	}
	return nil
}

// kill ends a hub with SIGKILL.
func (r *run) kill(m *member) {
	if m.end(syscall.SIGKILL) {
		r.kills++
	}
}

// hubFaults are those of one hub.
func hubFaults(r *run) []fault {
	hub := r.members[0]
	return []fault{
		{"kill", 60, func(context.Context) error {
			r.kill(hub)
			return hub.start()
		}},
		{"kill while it starts", 20, func(context.Context) error {
			r.kill(hub)
			p, err := hub.launch()
			if err != nil {
				return err
			}
			select {
			case <-p.ended:
				return fmt.Errorf("it ended by itself:\n%s", hub.tail())
			case <-time.After(r.between(0, 400*time.Millisecond)):
			}
			r.kill(hub)
			return hub.start()
		}},
		{"stop and go on", 8, func(ctx context.Context) error { return r.freeze(ctx, hub) }},
		{"restart", 6, func(context.Context) error {
			hub.end(syscall.SIGTERM)
			return hub.start()
		}},
		{"flip a bit", 6, func(ctx context.Context) error { return r.flip(ctx, hub) }},
	}
}

// freeze stops a hub for a while, in which its clients' calls wait, and their
// deadlines pass.
func (r *run) freeze(ctx context.Context, m *member) error {
	most := 4 * time.Second
	if r.length > 5*time.Minute && r.IntN(4) == 0 {
		most = 35 * time.Second
	}
	m.signal(syscall.SIGSTOP)
	defer m.signal(syscall.SIGCONT)
	r.wait(ctx, r.between(100*time.Millisecond, most))
	return nil
}

// wait waits, unless all is over.
func (r *run) wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// revive starts members that do not run, all at once: one alone may have to wait for
// another.
func revive(members ...*member) error {
	lives := make([]*process, len(members))
	for i, m := range members {
		var err error
		if lives[i], err = m.launch(); err != nil {
			return err
		}
	}
	for i, m := range members {
		if err := m.serving(lives[i]); err != nil {
			return err
		}
	}
	return nil
}
