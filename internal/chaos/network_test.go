package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// roleVariable has this test binary, started again by itself, be something else: what
// tries the network, in namespaces of its own, or a hub in it.
const roleVariable = "TOCSIN_CHAOS_ROLE"

func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv(roleVariable); role {
	case "":
		os.Exit(m.Run())
	case "network":
		err = inNamespaces(tryNetwork)
	case "listen":
		err = listen()
	default:
		err = dial(role)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// A hub that is cut off hears nobody, and is heard by nobody; clients reach it all the
// time; and when it is over everybody hears everybody.
func TestNetwork(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=network")
	said, err := cmd.CombinedOutput()
	if strings.Contains(string(said), errNoNamespaces.Error()) {
		t.Skipf("%s", said)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Logf("%s", said)
}

func inNamespaces(do func() error) error {
	status, done, err := enter()
	if done {
		os.Exit(status)
	}
	return errors.Join(err, do())
}

const port = ":7"

// listen is a hub that takes connections until its parent ends it.
func listen() error {
	l, err := net.Listen("tcp", port)
	if err != nil {
		return err
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		_ = c.Close()
	}
}

func dial(address string) error {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return err
}

func tryNetwork() error {
	n, err := newNetwork(3)
	if err != nil {
		return err
	}
	fmt.Println("packets can be late:", n.slow == nil, n.slow)
	as := func(i int, role string) *exec.Cmd {
		args := n.within(i, []string{"/proc/self/exe"})
		args[len(args)-1], _ = os.Executable()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), roleVariable+"="+role)
		return cmd
	}
	for i := range n.names {
		cmd := as(i, "listen")
		if err := cmd.Start(); err != nil {
			return err
		}
		defer cmd.Process.Kill()
		for began := time.Now(); dial(address(i)+port) != nil; time.Sleep(pause) {
			if time.Since(began) > patience {
				return fmt.Errorf("clients do not reach node %d", i+1)
			}
		}
	}
	// hears says whether a reaches b; both have to hear for that.
	hears := func(what string, a, b int, want bool) error {
		if got := as(a, address(b)+port).Run() == nil; got != want {
			return fmt.Errorf("%s: that node %d reaches node %d is %v", what, a+1, b+1, got)
		}
		return nil
	}
	err = errors.Join(hears("before", 0, 1, true), n.cut(0, 1), hears("cut", 0, 1, false), hears("cut", 1, 0, false), hears("cut", 0, 2, true),
		dial(address(0)+port), n.heal(), hears("healed", 0, 1, true), n.deaf(2, 0), hears("deaf", 2, 0, false), hears("deaf", 1, 2, true), n.heal(),
		n.lossy(1, 20), n.heal(), hears("healed", 0, 1, true))
	return errors.Join(err, n.close())
}
