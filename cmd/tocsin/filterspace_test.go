package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// space is a network namespace of a test's own.
type space struct {
	t    *testing.T
	name string
}

// namespace makes one, in which everything called tocsin runs from then on: the
// hub, the edge, and whoever asks them.
func namespace(t *testing.T) space {
	t.Helper()
	s := space{t, fmt.Sprintf("tocsin-test-%d", os.Getpid())}
	if out, err := exec.Command("ip", "netns", "add", s.name).CombinedOutput(); err != nil {
		t.Skipf("NOT RUN with packets: a network namespace cannot be made (root is needed): %v\n%s", err, out)
	}
	t.Cleanup(func() { command(t, "ip", "netns", "delete", s.name) })
	command(t, "ip", "-n", s.name, "link", "set", "lo", "up")
	program, err := exec.LookPath("tocsin")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s %s \"$@\"\n", s.name, program)
	if err := os.WriteFile(filepath.Join(dir, "tocsin"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return s
}

// has gives the namespace an address.
func (s space) has(address string) {
	s.t.Helper()
	command(s.t, "ip", "-n", s.name, "address", "add", address+"/32", "dev", "lo")
}

// connect asks how to connect the namespace's packet filter, and gives the folder
// and the command that starts the edge.
func (s space) connect(who session) (dir, start string) {
	s.t.Helper()
	dir = filepath.Join(s.t.TempDir(), "nft")
	printed := who.tocsin("contributor", "feed", "connect", "nft", "--standalone", "--listen", "127.0.0.1:1", "--forward", "127.0.0.1:1",
		"--dir", dir, "--hub", who.hub, "--token-file", filepath.Join(who.dir, "contributor"))
	return dir, "ip netns exec " + s.name + " " + printed[strings.LastIndex(printed, "\n")+1:]
}

// reached says whether a packet to an address of the namespace arrives: it is for
// a port on which nobody listens, so it is refused at once, or dropped.
func (s space) reached(address string) string {
	err := exec.Command("ip", "netns", "exec", s.name, "timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/"+address+"/9").Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == 1 {
		return "reached"
	}
	return "dropped"
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
