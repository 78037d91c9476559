package bench

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// space is a network namespace of the benchmark's own: what is dropped there is
// dropped nowhere else. It goes with the last process in it.
type space struct {
	r    *run
	file *os.File
}

// newSpace makes a namespace in which the prefixes are its own addresses, and has
// this process's HTTP calls start from there.
func (r *run) newSpace(prefixes ...string) *space {
	made := make(chan error)
	s := &space{r: r}
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			s.file, err = os.Open("/proc/thread-self/ns/net")
		}
		made <- err
	}()
	if err := <-made; err != nil {
		r.Skipf("NOT MEASURED with packets: a network namespace cannot be made (root is needed): %v", err)
	}
	r.Cleanup(func() { s.file.Close() })
	s.command("ip", "link", "set", "lo", "up")
	for _, p := range prefixes {
		s.command("ip", "route", "add", "local", p, "dev", "lo")
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		r.Fatal("the usual transport is another one than that of net/http")
	}
	before := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		s.within(func() { conn, err = new(net.Dialer).DialContext(ctx, network, address) })
		return conn, err
	}
	r.Cleanup(func() {
		transport.CloseIdleConnections()
		transport.DialContext = before
	})
	return s
}

// within runs do in the namespace: the sockets that it makes and the processes
// that it starts stay there.
func (s *space) within(do func()) {
	err := errors.New("it gave up") // with the reason told
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = unix.Setns(int(s.file.Fd()), unix.CLONE_NEWNET); err == nil {
			err = errors.New("it gave up")
			do()
			err = nil
		}
	}()
	if <-done; err != nil {
		s.r.Fatalf("in the benchmark's network namespace: %v", err)
	}
}

func (s *space) command(name string, args ...string) {
	var said []byte
	var err error
	s.within(func() { said, err = exec.Command(name, args...).CombinedOutput() })
	if err != nil {
		s.r.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, said)
	}
}
