package spool_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/spool"
)

// childDir tells a test that it is the child process of one, and where the spool is.
const childDir = "TOCSIN_TEST_SPOOL_CHILD"

var crashLimits = spool.Limits{Bytes: 64 << 10, Items: 1_000_000}

// child is this test binary running one test that knows that it is a child.
func child(t *testing.T, name, dir string, through ...string) *exec.Cmd {
	args := append(through, os.Args[0], "-test.run=^"+name+"$", "-test.count=1")
	c := exec.CommandContext(t.Context(), args[0], args[1:]...)
	c.Env = append(os.Environ(), childDir+"="+dir)
	c.Stderr = os.Stderr
	return c
}

// The process that is killed: it appends numbers, delivers some of them, and
// says so after each.
func TestChildThatIsKilled(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("this is the child process of TestKilled")
	}
	s := open(t, dir, crashLimits)
	n, err := strconv.Atoi("0" + string(s.State()))
	if err != nil {
		t.Fatal(err)
	}
	for {
		var items [][]byte
		for range rand.IntN(5) {
			n++
			items = append(items, fmt.Append(nil, n, strings.Repeat(" ", rand.IntN(300))))
		}
		if err := s.Append(items, strconv.AppendInt(nil, int64(n), 10)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("appended", n)
		for range rand.IntN(5) {
			id, _, err := s.Next()
			if errors.Is(err, spool.ErrEmpty) {
				break
			}
			if err == nil {
				err = s.Done(id)
			}
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println("delivered", id)
		}
	}
}

// Killed at any moment: what was acknowledged is there, items and state agree,
// and nothing that was delivered comes again.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	appended, delivered := 0, 0
	for round := range 100 {
		c := child(t, "TestChildThatIsKilled", dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(out)
		for left := rand.IntN(60); in.Scan(); left-- {
			what, number, _ := strings.Cut(in.Text(), " ")
			n, err := strconv.Atoi(number)
			switch {
			case err != nil:
				t.Fatalf("round %d: the child says %q", round, in.Text())
			case what == "appended":
				appended = n
			default:
				delivered = n
			}
			if left == 0 {
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := c.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("round %d: the child ended with %v", round, err)
		}
		s := open(t, dir, crashLimits)
		state, err := strconv.Atoi("0" + string(s.State()))
		if err != nil || state < appended || state > appended+4 {
			t.Fatalf("round %d: the state is %q, %d was acknowledged", round, s.State(), appended)
		}
		for _, d := range s.Damage() {
			if !d.Torn {
				t.Errorf("round %d: %v", round, d)
			}
		}
		if err := s.Done(uint64(state) + 1); err == nil {
			t.Fatalf("round %d: there are more items than the %d of the state", round, state)
		}
		if s.Dropped() == 0 {
			if first := state - s.Len(); first < delivered || first > delivered+1 {
				t.Fatalf("round %d: %d were delivered, %d wait of %d", round, delivered, s.Len(), state)
			}
		}
		if round%4 == 3 {
			next := state - s.Len()
			for _, item := range drain(t, s, -1) {
				next++
				if strings.TrimSpace(item) != strconv.Itoa(next) {
					t.Fatalf("round %d: item %q, want %d", round, item, next)
				}
			}
			if next != state {
				t.Fatalf("round %d: the last item is %d, the state %d", round, next, state)
			}
			delivered = next
		}
		appended = state
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d items in 100 lives", appended)
}

// A crash can leave a segment whose first record is not there yet. The state is
// then in the one before, of which nothing waits.
func TestASegmentWithoutARecord(t *testing.T) {
	for _, torn := range []string{"", "torn"} {
		dir := t.TempDir()
		s := open(t, dir, spool.Limits{})
		put(t, s, "state", "one")
		drain(t, s, -1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "0000000000000002-0102030405060708.segment"), []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s = reopen(t, s, dir, spool.Limits{})
			same(t, "state", "state", string(s.State()))
		}
		same(t, "segments", 1, len(segments(t, dir)))
	}
}
