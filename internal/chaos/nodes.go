package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// nodes makes the members of three nodes: in a network of their own, or, where there
// is none to be had, beside each other on loopback.
func (r *run) nodes(program, config, work string) error {
	hosts := make([]string, r.mode.nodes) // HOST:PORT for the other nodes
	urls := make([]string, r.mode.nodes)
	for i := range hosts {
		urls[i], hosts[i] = address(i)+":8440", address(i)+":8470"
		if r.inside {
			continue
		}
		var err error
		if hosts[i], err = freeAddress(); err != nil {
			return err
		}
		if urls[i], err = freeAddress(); err != nil {
			return err
		}
	}
	files := filepath.Join(work, "nodes")
	if said, err := exec.Command(program, append([]string{"ledger", "make-nodes", "--dir", files}, hosts...)...).CombinedOutput(); err != nil { //nolint:noctx // it ends by itself
		return fmt.Errorf("make the nodes' files: %w: %s", err, said)
	}
	var err error
	if r.inside {
		if r.net, err = newNetwork(len(hosts)); err != nil {
			return err
		}
		if r.net.slow != nil {
			skipped("packets that are late", r.net.slow)
		}
	} else {
		skipped("partitions", errNoNamespaces)
	}
	for i := range hosts {
		name := fmt.Sprintf("node-%d", i+1)
		m := &member{name: name, url: "http://" + urls[i], data: filepath.Join(work, "data-"+name), logPath: filepath.Join(work, name+".log")}
		m.command = append(serve(program, config, m.data, urls[i]), "--cluster", filepath.Join(files, name+".toml"))
		if r.net != nil {
			m.command = r.net.within(i, m.command)
		}
		if err := os.MkdirAll(m.data, 0o700); err != nil {
			return err
		}
		r.members = append(r.members, m)
	}
	return nil
}

// nodeFaults are those of three nodes.
func nodeFaults(r *run) []fault {
	plan := []fault{
		{"kill one", 30, func(ctx context.Context) error { return r.without(ctx, r.some(1)...) }},
		{"kill two", 12, func(ctx context.Context) error { return r.without(ctx, r.some(2)...) }},
		{"kill all", 10, func(ctx context.Context) error { return r.without(ctx, r.members...) }},
		{"stop and go on", 8, func(ctx context.Context) error { return r.freeze(ctx, r.some(1)[0]) }},
		{"stop one, kill another", 6, func(ctx context.Context) error {
			two := r.some(2)
			two[0].signal(syscall.SIGSTOP)
			defer two[0].signal(syscall.SIGCONT)
			return r.without(ctx, two[1])
		}},
		{"restart", 4, func(context.Context) error {
			m := r.some(1)[0]
			m.end(syscall.SIGTERM)
			return m.start()
		}},
	}
	if r.net == nil {
		return plan
	}
	plan = append(plan,
		fault{"cut one off", 14, r.apart(func(a, b, c int) error {
			if err := r.net.cut(a, b); err != nil {
				return err
			}
			return r.net.cut(a, c)
		})},
		fault{"cut two apart", 6, r.apart(func(a, b, _ int) error { return r.net.cut(a, b) })},
		fault{"one does not hear", 6, r.apart(func(a, b, c int) error {
			if err := r.net.deaf(a, b); err != nil {
				return err
			}
			return r.net.deaf(a, c)
		})},
		fault{"cut one off, kill another", 6, r.apart(func(a, b, c int) error {
			r.kill(r.members[c])
			if err := r.net.cut(a, b); err != nil {
				return err
			}
			return r.net.cut(a, c)
		})},
		fault{"lose packets", 5, r.disturbed(func(a int) error { return r.net.lossy(a, 1+r.IntN(20)) })})
	if r.net.slow == nil {
		plan = append(plan, fault{"packets are late", 5, r.disturbed(func(a int) error { return r.net.delay(a, 1+r.IntN(200)) })})
	}
	return plan
}

// some draws different members.
func (r *run) some(count int) []*member {
	all := make([]*member, 0, count)
	for _, i := range r.Perm(len(r.members))[:count] {
		all = append(all, r.members[i])
	}
	return all
}

// without kills members, and starts them again after a while in which the others are
// without them.
func (r *run) without(ctx context.Context, members ...*member) error {
	for _, m := range members {
		r.kill(m)
	}
	r.wait(ctx, r.between(0, 4*time.Second))
	return revive(members...)
}

// apart has members not hear of each other for a while.
func (r *run) apart(how func(a, b, c int) error) func(context.Context) error {
	return func(ctx context.Context) error {
		r.partitions++
		return r.disturbed(func(a int) error { return how(a, (a+1)%3, (a+2)%3) })(ctx)
	}
}

// disturbed does something to the network around a member, and heals it after a while.
func (r *run) disturbed(how func(a int) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := how(r.IntN(len(r.members))); err != nil {
			return err
		}
		r.wait(ctx, r.between(200*time.Millisecond, 9*time.Second))
		return r.net.heal()
	}
}
