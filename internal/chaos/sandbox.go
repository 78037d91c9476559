package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

// insideVariable tells the program, started again by itself, that it has namespaces
// of its own.
const insideVariable = "TOCSIN_CHAOS_INSIDE"

var errNoNamespaces = errors.New("this machine lets nobody have network and mount namespaces of their own")

// enter starts this program again in network and mount namespaces of its own, as root
// or in a user namespace, and gives its exit status. All that is done to networks and
// disks is done in there, and ends with it.
func enter() (status int, done bool, err error) {
	if os.Getenv(insideVariable) != "" {
		return 0, false, inside()
	}
	for _, flags := range []uintptr{syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER} {
		cmd := exec.Command("/proc/self/exe", os.Args[1:]...) //nolint:noctx // it is this program, and ends with it
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), insideVariable+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
		if flags&syscall.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
		if err = cmd.Start(); err != nil {
			continue
		}
		signal.Ignore(os.Interrupt) // it gets it as well, and ends in order
		if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() < 1 {
			return 1, true, nil
		}
		return cmd.ProcessState.ExitCode(), true, nil
	}
	return 0, false, errors.Join(errNoNamespaces, err)
}

// inside prepares the namespaces. What is mounted stays in here.
func inside() error {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to itself: %w", err)
	}
	if err := syscall.Mount("none", "/run", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	return system("ip link set lo up")
}

// system runs a program of the machine's.
func system(line string) error {
	args := strings.Fields(line)
	said, err := exec.Command(args[0], args[1:]...).CombinedOutput() //nolint:noctx // each ends at once
	if err != nil {
		return fmt.Errorf("%s: %w: %s", line, err, strings.TrimSpace(string(said)))
	}
	return nil
}
