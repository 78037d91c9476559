package publiclog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/translog"
)

const kindBegan ledger.Kind = "began.test"

// nodes are loggers over one ledger, each with files of its own and the same key.
type nodes struct {
	t      *testing.T
	ledger *sealed.Ledger
	all    []*node
	said   *said

	mu       sync.Mutex
	leader   int
	changed  chan struct{}
	overlap  time.Duration // how long one goes on as leader when another leads
	failNext map[int]int   // after so many steps of a node comes a fault
	served   map[string]bool
}

// node is one of them, while it runs.
type node struct {
	*site
	dir string
}

// startNodes starts n of them on a new ledger, or on that of dir if it is given.
func startNodes(t *testing.T, n int, dir string, change ...func(*publiclog.Config)) *nodes {
	t.Helper()
	fresh := dir == ""
	if fresh {
		dir = t.TempDir()
	}
	c := &nodes{t: t, ledger: openLedger(t, dir), said: &said{}, changed: make(chan struct{}), failNext: make(map[int]int), served: make(map[string]bool)}
	t.Cleanup(func() {
		if err := c.ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	if fresh {
		if _, err := c.ledger.Append(t.Context(), ledger.Any, ledger.Draft{Kind: kindBegan, Actor: "hub", Body: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		key, err := translog.OpenFile(filepath.Join(dir, "log"), filepath.Join(dir, "log.key"), origin)
		if err == nil {
			err = key.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := os.ReadFile(filepath.Join(dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		of := dir
		if i > 0 || fresh {
			of = t.TempDir()
			if err := os.WriteFile(filepath.Join(of, "log.key"), key, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c.all = append(c.all, &node{dir: of})
	}
	if !fresh {
		c.leader = -1 // nobody as yet
	}
	for i := range c.all {
		c.start(i, change...)
	}
	return c
}

// start starts a node.
func (c *nodes) start(i int, change ...func(*publiclog.Config)) {
	c.t.Helper()
	dir := c.all[i].dir
	log, err := translog.OpenFile(filepath.Join(dir, "log"), filepath.Join(dir, "log.key"), origin)
	if err != nil {
		c.t.Fatal(err)
	}
	s := &site{t: c.t, source: source{c.ledger, &sync.Map{}}, ledger: c.ledger, log: log, said: c.said}
	cfg := publiclog.Config{
		Dir: dir, Log: log, Source: s.source, Gather: time.Millisecond, Every: 2 * time.Millisecond,
		Clock: time.Now, Logger: slog.New(slog.NewTextHandler(c.said, nil)).With("node", i),
		Shared: &publiclog.Shared{
			Lead:  func(ctx context.Context) (context.Context, error) { return c.lead(ctx, i) },
			Began: kindBegan,
			Append: func(ctx context.Context, d ledger.Draft) (ledger.Entry, error) {
				entries, err := c.ledger.Append(ctx, ledger.Any, d)
				if err != nil {
					return ledger.Entry{}, err
				}
				return entries[0], nil
			},
		},
	}
	publiclog.RetryAtOnce(&cfg)
	publiclog.FailWhen(&cfg, func(step string) error { return c.fault(i, step) })
	for _, f := range change {
		f(&cfg)
	}
	if s.logger, err = publiclog.New(cfg); err != nil {
		c.t.Fatal(errors.Join(err, log.Close()))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	ended := make(chan error, 2)
	go func() { ended <- s.logger.Run(ctx) }()
	go func() { ended <- c.watch(ctx, log) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended, log.Close()); err != nil {
			c.t.Errorf("close: %v", err)
		}
	})
	c.t.Cleanup(s.stop)
	c.all[i].site = s
}

// startWith is start with a log that has other entries.
func (c *nodes) startWith(i int, entries [][]byte) {
	c.t.Helper()
	dir := c.all[i].dir
	log, err := translog.OpenFile(filepath.Join(dir, "log"), filepath.Join(dir, "log.key"), origin)
	if err == nil {
		_, err = log.Append(c.t.Context(), entries...)
	}
	if err == nil {
		err = log.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.start(i)
}

// watch remembers each checkpoint that a node serves.
func (c *nodes) watch(ctx context.Context, log *translog.Log) error {
	for ctx.Err() == nil {
		text := log.Tree().String()
		c.mu.Lock()
		c.served[text] = true
		c.mu.Unlock()
		time.Sleep(100 * time.Microsecond)
	}
	return nil
}

// lead waits for a node to lead. Who led goes on for a while.
func (c *nodes) lead(ctx context.Context, i int) (context.Context, error) {
	for {
		c.mu.Lock()
		leads, changed := c.leader == i, c.changed
		c.mu.Unlock()
		if leads {
			term, end := context.WithCancel(ctx)
			go func() {
				select {
				case <-changed:
					time.Sleep(c.overlap)
				case <-ctx.Done():
				}
				end()
			}()
			return term, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *nodes) elect(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leader = i
	close(c.changed)
	c.changed = make(chan struct{})
}

// failAfter has a fault come before a node's nth step from now.
func (c *nodes) failAfter(i, nth int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failNext[i] = nth
}

func (c *nodes) fault(i int, step string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failNext[i] > 0 {
		if c.failNext[i]--; c.failNext[i] == 0 {
			return fmt.Errorf("a fault before %s", step)
		}
	}
	return nil
}

// together waits until all logs are equal, and holds every checkpoint that was
// served against them. It gives the first difference.
func (c *nodes) together() error {
	c.t.Helper()
	c.all[0].until("all logs have all", func() bool {
		for _, n := range c.all {
			if n.log.Tree().Size != c.all[0].log.Tree().Size {
				return false
			}
		}
		return true
	})
	var hashes []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		some := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			some[i] = hashes[at]
		}
		return some, nil
	})
	trees := map[int64]string{}
	entries := c.all[0].entries()
	for size := int64(0); size <= int64(len(entries)); size++ {
		root, err := tlog.TreeHash(size, read)
		if err != nil {
			return err
		}
		trees[size] = translog.Checkpoint{Origin: origin, Size: size, Root: root}.String()
		if size < int64(len(entries)) {
			more, err := tlog.StoredHashes(size, entries[size], read)
			if err != nil {
				return err
			}
			hashes = append(hashes, more...)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for text := range c.served {
		tree, err := translog.ParseCheckpoint(text)
		if err != nil {
			return err
		}
		if trees[tree.Size] != text {
			return fmt.Errorf("two trees of %d entries were signed", tree.Size)
		}
	}
	for i, n := range c.all[1:] {
		for at, e := range n.entries() {
			if !bytes.Equal(e, entries[at]) {
				return fmt.Errorf("entry %d of node %d's log is %q, of node 0's %q", at, i+1, e, entries[at])
			}
		}
	}
	return nil
}

// settled waits until everything that is not about the log is committed to by all.
func (c *nodes) settled() {
	c.t.Helper()
	for _, n := range c.all {
		n.committedShared()
	}
	if err := c.together(); err != nil {
		c.t.Fatal(err)
	}
	for _, n := range c.all {
		n.checkShared()
	}
}

// Whoever leads, whoever dies, and also while two take themselves for the leader:
// the logs of all nodes are one log.
func TestNodesKeepOneLog(t *testing.T) {
	c := startNodes(t, 3, "")
	c.overlap = 5 * time.Millisecond
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	added := make(map[string]int64)
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	for n := range rounds {
		i := r.IntN(3)
		if err := c.all[i].logger.Failing(); errors.Is(err, publiclog.ErrDiverged) {
			t.Fatalf("node %d: %v", i, err)
		}
		switch r.IntN(6) {
		case 0:
			c.elect(i)
		case 1:
			c.failAfter(i, 1+r.IntN(6))
		case 2:
			c.all[i].stop()
			c.start(i)
		case 3:
			leaf := fmt.Sprintf("tocsin-dossier/v1\n%d\n", n)
			soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			if at, err := c.all[i].logger.Add(soon, []byte(leaf)); err == nil {
				added[leaf] = at
			}
			cancel()
		default:
			c.all[0].append(1 + r.IntN(12))
		}
		time.Sleep(time.Duration(r.IntN(4)) * time.Millisecond)
	}
	for i := range c.all {
		c.failAfter(i, 0)
	}
	c.all[0].append(3)
	c.settled()
	for leaf, at := range added {
		for i, n := range c.all {
			if e, err := n.log.Entry(at); err != nil || string(e) != leaf {
				t.Errorf("node %d: entry %d is %q, %v; added was %q", i, at, e, err, leaf)
			}
		}
	}
	if len(added) == 0 || c.all[0].log.Tree().Size < 20 {
		t.Errorf("little happened: %d added, %d logged", len(added), c.all[0].log.Tree().Size)
	}
}

// Nodes that decide for themselves do fork, and this is seen.
func TestNodesThatDecideAloneFork(t *testing.T) {
	c := startNodes(t, 2, "", func(cfg *publiclog.Config) { cfg.Shared = nil })
	for range 5 {
		c.all[0].append(3)
		time.Sleep(5 * time.Millisecond)
	}
	for _, n := range c.all {
		n.committed()
		n.stop()
	}
	one, other := c.all[0].entries(), c.all[1].entries()
	for i := range min(len(one), len(other)) {
		if !bytes.Equal(one[i], other[i]) {
			return
		}
	}
	t.Error("they do not: the other tests hold nothing")
}
