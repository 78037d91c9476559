package rebuild_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/lock"
	"github.com/tocsin-project/tocsin/internal/ledger/mirror"
	"github.com/tocsin-project/tocsin/internal/ledger/rebuild"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// member is a node of a cluster with its own file.
type member struct {
	cfg    jetstream.NodeConfig
	file   string
	node   *jetstream.Node
	ledger *mirror.Ledger // nil while it does not run
}

func (m *member) plan() rebuild.Plan { return rebuild.Plan{Node: m.cfg, File: m.file} }

// start runs the node; it needs another one.
func (m *member) start(ctx context.Context) (err error) {
	if m.node, err = jetstream.Start(m.cfg); err != nil {
		return err
	}
	shared, err := jetstream.Open(ctx, m.node, jetstream.Options{})
	if err == nil {
		m.ledger, err = mirror.Open(ctx, shared, m.file, sqlite.Options{})
	}
	if err != nil {
		m.node.Close()
	}
	return err
}

func (m *member) stop(t *testing.T) {
	t.Helper()
	if m.ledger == nil {
		return
	}
	if err := m.ledger.Close(); err != nil {
		t.Error(err)
	}
	m.node.Close()
	m.ledger = nil
}

// three runs a cluster on loopback until the test ends, with n entries that every
// node's file has.
func three(t *testing.T, n int) []*member {
	t.Helper()
	dir := t.TempDir()
	files, err := jetstream.MakeNodes(dir, freeAddresses(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	members := make([]*member, len(files))
	for i, file := range files {
		cfg, err := jetstream.ReadConfig(file)
		if err != nil {
			t.Fatal(err)
		}
		data := filepath.Join(dir, filepath.Base(cfg.Dir)+"-data")
		if err := os.Mkdir(data, 0o700); err != nil {
			t.Fatal(err)
		}
		members[i] = &member{cfg: cfg, file: filepath.Join(data, "ledger.db")}
	}
	startAll(t, members)
	t.Cleanup(func() {
		for _, m := range members {
			m.stop(t)
		}
	})
	for i := range n {
		if _, err := members[i%3].ledger.Append(soon(t), ledger.Any, some(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range members {
		if err := m.ledger.Wait(soon(t), ledger.Seq(n-1)); err != nil {
			t.Fatal(err)
		}
	}
	return members
}

// freeAddresses finds ports that nobody listens on now.
func freeAddresses(t *testing.T, n int) (addresses []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses
}

func startAll(t *testing.T, members []*member) {
	t.Helper()
	var wg sync.WaitGroup
	for _, m := range members {
		wg.Go(func() {
			if err := m.start(soon(t)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

func some(i int) ledger.Draft {
	return ledger.Draft{Kind: "test.written", Actor: "partner-1", Body: make([]byte, 10*(i%100))}
}

// soon is a context for what ends by itself unless something is broken.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// flip flips the middle bit of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) == 0 {
		t.Fatal(len(raw), err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// flipBlock flips a bit of the messages that the server keeps.
func flipBlock(t *testing.T, m *member) {
	t.Helper()
	flip(t, block(t, m))
}

// block is the file of messages that the server keeps.
func block(t *testing.T, m *member) string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(m.cfg.Dir, "nats", "jetstream", "$G", "streams", "ledger", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatal(blocks, err)
	}
	return blocks[len(blocks)-1]
}

// cutBlock cuts off the last of the messages that the server keeps.
func cutBlock(t *testing.T, m *member) {
	t.Helper()
	stored, err := m.cfg.Stored("")
	if err != nil {
		t.Fatal(err)
	}
	var last ledger.Entry
	for e, err := range stored.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		last = e
	}
	if err := stored.Close(); err != nil {
		t.Fatal(err)
	}
	path := block(t, m)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(raw, last.Hash[:])
	i = bytes.LastIndex(raw[:i], []byte("tocsin.ledger.entry.")) - 22
	if err := os.Truncate(path, int64(i)); err != nil {
		t.Fatal(err)
	}
}

// TestRebuild damages what one node has, in one way after the other. The node says
// so, is rebuilt while the two others go on appending, and has everything again.
func TestRebuild(t *testing.T) {
	members := three(t, 90)
	hurt := members[2]
	t.Run("nothing to do", func(t *testing.T) {
		used := new(lock.InUse)
		if _, err := rebuild.Run(soon(t), hurt.plan()); !errors.As(err, &used) {
			t.Fatalf("while the node runs: %v", err)
		}
		hurt.stop(t)
		before := names(t, hurt)
		out, err := rebuild.Run(soon(t), hurt.plan())
		if err != nil || !out.Nothing() || out.Head.Seq != 90 {
			t.Fatalf("%+v, %v", out, err)
		}
		if after := names(t, hurt); after != before {
			t.Errorf("there was %s, and is %s", before, after)
		}
	})
	for name, damage := range map[string]struct {
		do               func(t *testing.T)
		copy, file, gone bool // what is wrong, and that nothing is left of it
	}{
		"a bit of the copy": {func(t *testing.T) { flipBlock(t, hurt) }, true, false, false},
		"a bit of the file": {func(t *testing.T) { flip(t, hurt.file) }, false, true, false},
		"the file is gone":  {func(t *testing.T) { remove(t, hurt.file) }, false, true, true},
		"the copy is gone":  {func(t *testing.T) { remove(t, filepath.Join(hurt.cfg.Dir, "nats")) }, false, false, true},
		// The server may not notice, and go on behind the gap. The rebuild does, and
		// begins anew.
		"the copy's end is gone": {func(t *testing.T) { cutBlock(t, hurt) }, false, false, false},
		"both, and their anchors": {func(t *testing.T) {
			flipBlock(t, hurt)
			flip(t, hurt.file)
			flip(t, hurt.file+".head")
			flip(t, filepath.Join(hurt.cfg.Dir, "ledger.head"))
		}, true, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			hurt.stop(t)
			damage.do(t)
			found, err := rebuild.Look(soon(t), hurt.plan())
			if err != nil || (found.Copy != "") != damage.copy || (found.File != "") != damage.file ||
				!damage.copy && !damage.file && found.Behind == 0 {
				t.Fatalf("a look finds %+v, %v", found, err)
			}
			stop := goOn(t, members[0], members[1])
			out, err := rebuild.Run(soon(t), hurt.plan())
			stop()
			if err != nil || damage.copy && out.Copy == "" || (out.File != "") != damage.file || out.Head.Seq < 90 {
				t.Fatalf("%+v, %v", out, err)
			}
			bytes := int64(0)
			for _, aside := range out.Aside {
				if _, err := os.Stat(aside.Path); err != nil {
					t.Error(err)
				}
				bytes += aside.Bytes
			}
			if (damage.copy || damage.file && !damage.gone) && bytes == 0 {
				t.Errorf("set aside: %+v", out.Aside)
			}
			whole(t, members, hurt)
		})
	}
}

// goOn appends at the nodes until it is stopped.
func goOn(t *testing.T, members ...*member) (stop func()) {
	t.Helper()
	over, wg := make(chan struct{}), sync.WaitGroup{}
	for _, m := range members {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				if _, err := m.ledger.Append(soon(t), ledger.Any, some(i)); err != nil {
					t.Errorf("append meanwhile: %v", err)
					return
				}
			}
		})
	}
	return func() { close(over); wg.Wait() }
}

// whole starts the rebuilt node, and compares what all of them have.
func whole(t *testing.T, members []*member, rebuilt *member) {
	t.Helper()
	if err := rebuilt.start(soon(t)); err != nil {
		t.Fatal(err)
	}
	es, err := rebuilt.ledger.Append(soon(t), ledger.Any, some(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		if err := m.ledger.Wait(soon(t), es[0].Seq-1); err != nil {
			t.Fatal(err)
		}
		if head, err := ledger.Equal(soon(t), rebuilt.ledger, m.ledger); err != nil || head.Seq != es[0].Seq {
			t.Errorf("equal up to %d of %d: %v", head.Seq, es[0].Seq, err)
		}
	}
}

func names(t *testing.T, m *member) string {
	t.Helper()
	var found []string
	for _, dir := range []string{m.cfg.Dir, filepath.Dir(m.file)} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), "-wal") && !strings.HasSuffix(e.Name(), "-shm") { // which reading may make
				found = append(found, e.Name())
			}
		}
	}
	return strings.Join(found, " ")
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// TestTakesItselfOut has a node run with a damaged copy, from which it has to read
// everything. It may serve what is sound, or take itself out; a gap it never serves.
func TestTakesItselfOut(t *testing.T) {
	members := three(t, 200)
	hurt := members[2]
	hurt.stop(t)
	flipBlock(t, hurt)
	for _, part := range []string{"", ".head"} {
		remove(t, hurt.file+part)
	}
	err := hurt.start(soon(t))
	if err == nil {
		ctx := soon(t)
		for n, until := ledger.Seq(0), ledger.Seq(200); n < until && ctx.Err() == nil && hurt.ledger.Err() == nil; {
			for e, readErr := range hurt.ledger.Read(ctx, n) {
				if readErr != nil || e.Seq != n+1 {
					t.Fatalf("entry %d after %d, %v", e.Seq, n, readErr)
				}
				n = e.Seq
			}
		}
		err = hurt.ledger.Err()
		hurt.stop(t)
	}
	t.Logf("it ends with %v", err)
	if err != nil && !strings.Contains(err.Error(), "tocsin ledger rebuild") {
		t.Errorf("it does not say what to do: %v", err)
	}
	if _, err := rebuild.Run(soon(t), hurt.plan()); err != nil {
		t.Fatal(err)
	}
	whole(t, members, hurt)
}

// TestCutShort cuts a rebuild short while it copies. The node does not run then,
// until a second one has ended.
func TestCutShort(t *testing.T) {
	members := three(t, 60)
	hurt := members[1]
	hurt.stop(t)
	if out, err := rebuild.Run(soon(t), rebuild.Plan{Node: hurt.cfg}); err != nil || !out.Nothing() {
		t.Fatalf("without a file: %+v, %v", out, err)
	}
	flipBlock(t, hurt)
	flip(t, hurt.file)
	p := hurt.plan()
	ctx, cancel := context.WithCancel(soon(t))
	p.Progress = func(what string, _, _ ledger.Seq) {
		if strings.HasPrefix(what, "copying") {
			cancel()
		}
	}
	if out, err := rebuild.Run(ctx, p); !errors.Is(err, context.Canceled) || len(out.Aside) == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	if err := hurt.start(soon(t)); err == nil || !strings.Contains(err.Error(), "has begun and not ended: run `tocsin ledger rebuild` again") {
		t.Fatalf("it starts with %v", err)
	}
	out, err := rebuild.Run(soon(t), hurt.plan())
	if err != nil || out.Head.Seq < 60 {
		t.Fatalf("once more: %+v, %v", out, err)
	}
	whole(t, members, hurt)
}

// TestOtherLedger has a file of another ledger beside a sound copy: which of them
// is right is for a person to say.
func TestOtherLedger(t *testing.T) {
	members := three(t, 30)
	m := members[0]
	m.stop(t)
	for _, part := range []string{"", ".head"} {
		remove(t, m.file+part)
	}
	other, err := sqlite.Open(m.file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Append(soon(t), ledger.Any, some(7)); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	before := names(t, m)
	if _, err := rebuild.Run(soon(t), m.plan()); !errors.Is(err, ledger.ErrCorrupt) || !strings.Contains(err.Error(), "different ledgers") {
		t.Fatalf("it gives %v", err)
	}
	if after := names(t, m); after != before {
		t.Errorf("there was %s, and is %s", before, after)
	}
	if err := m.start(soon(t)); !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("the node starts with %v", err)
	}
}

// TestAlone has nobody to copy from.
func TestAlone(t *testing.T) {
	p := rebuild.Plan{Node: jetstream.NodeConfig{Dir: t.TempDir()}, File: filepath.Join(t.TempDir(), "ledger.db")}
	if _, err := rebuild.Run(t.Context(), p); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(p.File); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}
