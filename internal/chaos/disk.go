package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// diskSize is that of the disk that fills: a hub keeps a twentieth of it free, and
// a run's data is a fraction of the rest.
const diskSize = "768m"

// mount mounts the small disk, if the mode has one.
func (r *run) mount(at string) error {
	if !r.mode.small {
		return nil
	}
	if err := os.MkdirAll(at, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("none", at, "tmpfs", 0, "size="+diskSize); err != nil {
		return fmt.Errorf("mount a small disk: %w", err)
	}
	r.disk = at
	return nil
}

func (r *run) unmount() error {
	if r.disk == "" {
		return nil
	}
	return syscall.Unmount(r.disk, 0)
}

// filling is how the faults are called after which a hub may end by itself.
const filling = "fill the disk"

// fullFaults are those of one hub on a small disk.
func fullFaults(r *run) []fault {
	hub := r.members[0]
	return []fault{
		{filling, 30, func(ctx context.Context) error { return r.full(ctx, hub, false) }},
		{filling + " and kill", 40, func(ctx context.Context) error { return r.full(ctx, hub, true) }},
		{"kill", 30, func(context.Context) error {
			r.kill(hub)
			return hub.start()
		}},
	}
}

// full has something else take what is free on the disk, at once or in the end by the
// hub itself, for a while. A hub that ends by itself for want of room is started again,
// as its supervisor would.
func (r *run) full(ctx context.Context, m *member, kill bool) error {
	filler := filepath.Join(r.disk, "something else")
	left := []int64{0, 4096, 64 << 10, 1 << 20, 16 << 20}[r.IntN(5)]
	if err := fill(filler, left); err != nil {
		return err
	}
	r.wait(ctx, r.between(50*time.Millisecond, 2*time.Second))
	if kill {
		r.kill(m)
		if _, err := m.launch(); err != nil { // while there is no room
			return err
		}
		time.Sleep(r.between(0, time.Second))
	}
	if err := os.Remove(filler); err != nil {
		return err
	}
	time.Sleep(10 * pause)
	if kill || m.byItself() { // what starts without room says so and ends, or serves what it has
		r.kill(m)
		return m.start()
	}
	return nil
}

// fill writes a file until so many bytes are left.
func fill(path string, left int64) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Fallocate(int(f.Fd()), 0, 0, max(1, int64(s.Bavail)*s.Bsize-left))
	for err == nil && left == 0 { // whatever was freed meanwhile
		_, err = f.Write(make([]byte, 4096))
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
