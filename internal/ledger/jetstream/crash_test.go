package jetstream_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// childRole makes the test binary act as a node instead of running tests.
const childRole = "TOCSIN_LEDGER_TEST_NODE"

func TestMain(m *testing.M) {
	if file := os.Getenv(childRole); file != "" {
		act := appendForever
		if drawing, ok := strings.CutPrefix(file, drawRole); ok {
			act, file = drawForever, drawing
		}
		if err := act(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// appendForever is the child: a node, and writers that print each
// acknowledged entry, until it is killed.
func appendForever(file string) error {
	node, err := startNode(file)
	if err != nil {
		return err
	}
	ctx := context.Background()
	l, err := jetstream.Open(ctx, node, jetstream.Options{})
	if err != nil {
		return err
	}
	errs := make(chan error)
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				es, err := l.Append(ctx, ledger.Any, someDrafts(w, i)...)
				switch {
				case errors.Is(err, ledger.ErrUnavailable):
					fmt.Fprintln(os.Stderr, err)
					continue
				case err == nil:
					var b bytes.Buffer
					for _, e := range es {
						fmt.Fprintf(&b, "%d %s\n", e.Seq, e.Hash)
					}
					_, err = os.Stdout.Write(b.Bytes()) // one write, so that writers do not mix
				}
				if err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

func someDrafts(writer, i int) []ledger.Draft {
	ds := make([]ledger.Draft, 1+i%3)
	for n := range ds {
		size := rand.IntN(2000)
		if rand.IntN(20) == 0 {
			size = rand.IntN(100_000)
		}
		ds[n] = ledger.Draft{Kind: "test.written", Actor: fmt.Sprintf("writer-%d", writer), Body: make([]byte, size)}
	}
	return ds
}

// witness is what all nodes together have acknowledged.
type witness struct {
	mu      sync.Mutex
	changed *sync.Cond
	acked   map[ledger.Seq]ledger.Hash
	twice   []ledger.Seq  // acknowledged more than once
	last    time.Time     // of the last acknowledgement
	gap     time.Duration // the longest time without one since more began to wait
	broken  bool          // a node ended by itself
}

func newWitness() *witness {
	w := &witness{acked: make(map[ledger.Seq]ledger.Hash)}
	w.changed = sync.NewCond(&w.mu)
	return w
}

func (w *witness) see(p *process, seq ledger.Seq, h ledger.Hash) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.acked++
	if _, again := w.acked[seq]; again {
		w.twice = append(w.twice, seq)
	}
	w.acked[seq] = h
	now := time.Now()
	w.gap = max(w.gap, now.Sub(w.last))
	w.last = now
	w.changed.Broadcast()
}

// more waits until so many more entries have been acknowledged, and gives the
// longest time that passed without one.
func (w *witness) more(n int) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last, w.gap = time.Now(), 0
	for target := len(w.acked) + n; len(w.acked) < target && !w.broken; {
		w.changed.Wait()
	}
	return w.gap
}

// back waits until the node acknowledges again, so that it is whole when
// another one is hurt.
func (w *witness) back(p *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for target := p.acked + 30; p.acked < target && !w.broken; {
		w.changed.Wait()
	}
}

func (w *witness) fail() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = true
	w.changed.Broadcast()
}

// process is a node in a process of its own.
type process struct {
	cmd    *exec.Cmd
	killed atomic.Bool
	acked  int           // how many entries it acknowledged; guarded by the witness
	read   chan struct{} // closed when all that it said is seen
	stderr bytes.Buffer
}

func (w *witness) run(t *testing.T, file string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), read: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childRole+"="+file)
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.read)
		defer func() {
			if !p.killed.Load() {
				w.fail()
			}
		}()
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return // an unfinished line acknowledges nothing
			}
			var seq ledger.Seq
			var text string
			var h ledger.Hash
			if _, err := fmt.Sscan(line, &seq, &text); err != nil || h.UnmarshalText([]byte(text)) != nil {
				t.Errorf("a node wrote %q", line)
				return
			}
			w.see(p, seq, h)
		}
	}()
	t.Cleanup(func() { p.kill() })
	return p
}

// kill ends the process with SIGKILL and waits for its last words.
func (p *process) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // it may have been killed before
	<-p.read
	_ = p.cmd.Wait()
}

// TestKilledNodes kills three writing nodes one after the other, with SIGKILL,
// and starts each again.
func TestKilledNodes(t *testing.T) {
	disturbed(t, func(w *witness, p *process, file string) *process {
		p.kill()
		t.Logf("killed: the longest time without an acknowledgement was %s", w.more(300).Round(time.Millisecond))
		return w.run(t, file)
	})
}

// TestStoppedNodes stops three writing nodes one after the other, until the
// others have gone on without it; then it wakes, and what it believes is old.
func TestStoppedNodes(t *testing.T) {
	disturbed(t, func(w *witness, p *process, _ string) *process {
		if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		t.Logf("stopped: the longest time without an acknowledgement was %s", w.more(300).Round(time.Millisecond))
		if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		return p
	})
}

// disturbed has three nodes write, all of them, and hurts each in turn while
// the others go on: the leader is among them, since it is not moved by what
// happens to the others. At the end all are killed at once. Then every node
// has every entry that was acknowledged, once, and the chain is whole.
func disturbed(t *testing.T, hurt func(w *witness, p *process, file string) *process) {
	files := threeNodes(t, t.TempDir())
	w := newWitness()
	nodes := make([]*process, len(files))
	for i, file := range files {
		nodes[i] = w.run(t, file)
	}
	w.more(300)
	for i, file := range files {
		nodes[i] = hurt(w, nodes[i], file)
		w.back(nodes[i])
	}
	for i, p := range nodes {
		p.kill()
		if w.broken {
			t.Errorf("a node ended by itself; node %d said: %s", i+1, &p.stderr)
		}
	}
	if t.Failed() {
		return
	}
	if len(w.twice) > 0 {
		t.Fatalf("entries were acknowledged twice: %v", w.twice)
	}
	t.Logf("%d entries were acknowledged", len(w.acked))
	for i, node := range startAll(t, files) {
		l, err := jetstream.Open(soon(t), node, jetstream.Options{})
		if err != nil {
			t.Fatalf("node %d: %v", i+1, err)
		}
		w.verify(t, l)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// verify fails the test unless the ledger is whole and holds everything that
// was acknowledged.
func (w *witness) verify(t *testing.T, l ledger.Ledger) {
	t.Helper()
	found := make(map[ledger.Seq]ledger.Hash)
	for e, err := range l.Read(soon(t), 0) { // which verifies the chain
		if err != nil {
			t.Fatal(err)
		}
		found[e.Seq] = e.Hash
	}
	lost := 0
	for seq, h := range w.acked {
		if found[seq] != h {
			lost++
		}
	}
	if lost > 0 {
		t.Fatalf("of %d acknowledged entries %d are lost", len(w.acked), lost)
	}
	r, err := l.Check(soon(t))
	if err != nil || len(r.Damage) > 0 || r.Entries != uint64(len(found)) {
		t.Fatalf("check finds %d of %d entries sound, damage %v, %v", r.Entries, len(found), r.Damage, err)
	}
}
