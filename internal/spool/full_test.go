package spool_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tocsin-project/tocsin/internal/spool"
)

// A file system of 256 KiB, in a mount namespace of a child process.
func TestFullDisk(t *testing.T) {
	if _, err := exec.LookPath("unshare"); err != nil {
		t.Skip("SKIPPED: unshare is not installed (Debian: util-linux), a full disk is not tested")
	}
	if out, err := exec.CommandContext(t.Context(), "unshare", "-rm", "true").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no mount namespace can be made here, a full disk is not tested: %v: %s", err, out)
	}
	c := child(t, "TestChildWithAFullDisk", t.TempDir(), "unshare", "-rm")
	c.Args = append(c.Args, "-test.v")
	out, err := c.Output()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestChildWithAFullDisk") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestChildWithAFullDisk(t *testing.T) {
	mount := os.Getenv(childDir)
	if mount == "" {
		t.Skip("this is the child process of TestFullDisk")
	}
	if err := syscall.Mount("none", mount, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(mount, "spool")
	// The segments are small, so that some of the failures are in making one.
	limits := spool.Limits{Bytes: 320 << 10}
	s, err := spool.Open(dir, limits)
	if err != nil {
		t.Fatal(err)
	}
	var queue []string
	made, failures := 0, 0
	// add appends an item; a failure has to be a clear one and to change nothing.
	add := func(size int) bool {
		item := fmt.Sprint(made+1, strings.Repeat("x", size))
		before, state := s.Bytes(), string(s.State())
		err := s.Append([][]byte{[]byte(item)}, fmt.Append(nil, made+1))
		switch {
		case err == nil:
			made++
			queue = append(queue, item)
			return true
		case !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "append to spool "+dir):
			t.Fatalf("append: %v", err)
		case s.Len() != len(queue) || s.Bytes() != before || string(s.State()) != state:
			t.Fatalf("a failed append changed the spool: %d items, want %d", s.Len(), len(queue))
		}
		failures++
		return false
	}
	filler := filepath.Join(mount, "filler")
	for round := range 200 {
		size := 500 + round*37%9000
		for add(size) {
		}
		// Nothing fits, with a file system that is full to the last byte, too.
		_ = os.WriteFile(filler, make([]byte, 1<<20), 0o600) // as far as it goes
		add(5000)
		if round%3 == 0 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = spool.Open(dir, limits); err != nil {
				t.Fatalf("open with a full disk: %v", err)
			}
		}
		// Reading and Done go on.
		for range min(len(queue), 3+round%7) {
			id, item, err := s.Next()
			if err != nil || string(item) != queue[0] {
				t.Fatalf("with a full disk: item %.20q, want %.20q (%v)", item, queue[0], err)
			}
			if err := s.Done(id); err != nil {
				t.Fatal(err)
			}
			queue = queue[1:]
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = again(s, dir, limits); err != nil {
		t.Fatal(err)
	}
	same(t, "damage", nil, s.Damage())
	same(t, "dropped", 0, s.Dropped())
	same(t, "what is left", queue, drain(t, s, -1))
	same(t, "state", fmt.Sprint(made), string(s.State()))
	if !add(10) || failures < 200 {
		t.Errorf("with room again nothing is appended, after %d failures", failures)
	}
	t.Logf("%d appended, %d failures", made, failures)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func again(s *spool.Spool, dir string, limits spool.Limits) (*spool.Spool, error) {
	if err := s.Close(); err != nil {
		return nil, err
	}
	return spool.Open(dir, limits)
}
