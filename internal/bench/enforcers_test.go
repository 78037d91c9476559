package bench

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/client"
	tocsin "github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/feed"
)

// crowd is what a process that is a thousand edges is told first: the real edge,
// one each token, with an outlet that notes when it was told what.
type crowd struct {
	URL    string   `json:"url"`
	Tokens []string `json:"tokens"`
	Dir    string   `json:"dir"`
}

// waitFor asks when a value was put in force, or if Gone is set out of it, by
// all of them.
type waitFor struct {
	Value string `json:"value"`
	Gone  bool   `json:"gone"`
}

// applied is when: nanoseconds since 1970 by the machine's one clock.
type applied struct {
	Edges int   `json:"edges"`
	First int64 `json:"first"`
	Half  int64 `json:"half"`
	Last  int64 `json:"last"`
}

// beCrowd runs the edges until in ends.
func beCrowd(in io.Reader, out io.Writer) error {
	decoder := jsontext.NewDecoder(in)
	var c crowd
	if err := json.UnmarshalDecode(decoder, &c); err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	board := &noticeBoard{all: len(c.Tokens), changed: make(chan struct{}), at: map[waitFor][]int64{}}
	var edges sync.WaitGroup
	defer edges.Wait()
	defer end()
	for i, token := range c.Tokens {
		hub, err := client.New(c.URL, token)
		if err != nil {
			return err
		}
		e, err := tocsin.New(ctx, tocsin.Config{
			Client: hub, StateDir: filepath.Join(c.Dir, strconv.Itoa(i)), Outlets: []tocsin.Placed{{Outlet: board}},
			Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		})
		if err != nil {
			return err
		}
		edges.Go(func() { _ = e.Run(ctx) }) // ended with the benchmark
	}
	for {
		if err := json.MarshalWrite(out, "ready"); err != nil {
			return err
		}
		var w waitFor
		if err := json.UnmarshalDecode(decoder, &w); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := json.MarshalWrite(out, board.wait(w)); err != nil {
			return err
		}
	}
}

// noticeBoard is the outlet of all the edges.
type noticeBoard struct {
	mu      sync.Mutex
	all     int
	changed chan struct{}
	at      map[waitFor][]int64
}

func (*noticeBoard) Name() string { return "files" }

func (n *noticeBoard) Apply(_ context.Context, u feed.Update) error {
	now := time.Now().UnixNano()
	n.mu.Lock()
	defer n.mu.Unlock()
	if u.Anew {
		for _, p := range u.Set().Blocks() {
			n.note(waitFor{p.Text, false}, now)
		}
	}
	for _, p := range u.Come {
		n.note(waitFor{p.Text, false}, now)
	}
	for _, p := range u.Gone {
		n.note(waitFor{p.Text, true}, now)
	}
	return nil
}

func (n *noticeBoard) note(w waitFor, now int64) {
	n.at[w] = append(n.at[w], now)
	if len(n.at[w]) == n.all {
		close(n.changed)
		n.changed = make(chan struct{})
	}
}

func (n *noticeBoard) wait(w waitFor) applied {
	limit := time.After(patience)
	for {
		n.mu.Lock()
		times, changed := slices.Sorted(slices.Values(n.at[w])), n.changed
		n.mu.Unlock()
		if len(times) >= n.all {
			return applied{len(times), times[0], times[len(times)/2], times[len(times)-1]}
		}
		select {
		case <-changed:
		case <-limit:
			return applied{Edges: len(times)}
		}
	}
}

// followers is such a process.
type followers struct {
	tb  testing.TB
	pid int
	in  *jsontext.Encoder
	out *jsontext.Decoder
}

// startCrowd starts the edges of tokens and waits until all are there.
func startCrowd(h *hub, tokens []string) *followers {
	h.tb.Helper()
	cmd, err := again(roleCrowd)
	if err != nil {
		h.tb.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err, err2, cmd.Start()); err != nil {
		h.tb.Fatal(err)
	}
	h.tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill() // its edges' files go with the folder
		_ = cmd.Wait()
	})
	f := &followers{h.tb, cmd.Process.Pid, jsontext.NewEncoder(in), jsontext.NewDecoder(out)}
	// A thousand edges have a thousand disks, and share the one here: theirs is memory.
	dir, err := os.MkdirTemp("/dev/shm", "tocsin-edges-")
	if err != nil {
		h.tb.Logf("the edges share the hub's disk: %v", err)
		dir = h.tb.TempDir()
	}
	h.tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := json.MarshalEncode(f.in, crowd{h.url, tokens, dir}); err != nil {
		h.tb.Fatal(err)
	}
	f.ready()
	return f
}

func (f *followers) ready() {
	f.tb.Helper()
	var word string
	if err := json.UnmarshalDecode(f.out, &word); err != nil || word != "ready" {
		f.tb.Fatalf("the edges are not ready: %q %v", word, err)
	}
}

// wait asks when a value was in force, or out of it, at all edges.
func (f *followers) wait(value string, gone bool) applied {
	f.tb.Helper()
	var a applied
	err := json.MarshalEncode(f.in, waitFor{value, gone})
	if err == nil {
		err = json.UnmarshalDecode(f.out, &a)
	}
	if err != nil {
		f.tb.Fatal(err)
	}
	f.ready()
	return a
}
