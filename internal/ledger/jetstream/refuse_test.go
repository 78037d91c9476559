package jetstream

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func startAlone(t *testing.T) *Node {
	t.Helper()
	node, err := Start(NodeConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Close)
	return node
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestUnsyncedServer starts a server with JetStream's own default.
func TestUnsyncedServer(t *testing.T) {
	n := &Node{dir: t.TempDir(), copies: 1, user: "u", password: "p"}
	opts, err := n.options(NodeConfig{Dir: n.dir})
	if err != nil {
		t.Fatal(err)
	}
	opts.SyncAlways = false
	if err := n.run(opts, nil); err == nil || !strings.Contains(err.Error(), "power loss") || !strings.Contains(err.Error(), "sync_interval") {
		t.Fatalf("a server that does not sync: %v", err)
	}
}

// TestForgetfulStream has a stream that would drop what is older than an hour.
func TestForgetfulStream(t *testing.T) {
	node := startAlone(t)
	conn, err := node.connect()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"name":"ledger","subjects":["tocsin.ledger.entry.*"],"storage":"file","num_replicas":1,"max_age":3600000000000}`
	if _, err := conn.RequestWithContext(within(t, time.Minute), apiCreate+"ledger", []byte(body)); err != nil {
		t.Fatal(err)
	}
	_, err = Open(within(t, time.Minute), node, Options{})
	if err == nil || !strings.Contains(err.Error(), "could lose entries") {
		t.Fatalf("a stream that forgets: %v", err)
	}
}

// allStreams are the streams of a hub's ledger.
var allStreams = []string{"ledger", "ledger-keys", "ledger-shared"}

// TestDenied tries, with the ledger's own rights, all that could take entries
// or documents away, or more of the keys than single ones.
func TestDenied(t *testing.T) {
	node := startAlone(t)
	l, err := Open(within(t, time.Minute), node, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Append(context.Background(), ledger.Any, ledger.Draft{Kind: "k"}); err != nil {
		t.Fatal(err)
	}
	k, first := must(l.Keys(within(t, time.Minute))), uint64(0)
	if first, _, err = k.Draw(within(t, time.Minute), 2); err != nil || first != 1 {
		t.Fatal(first, err)
	}
	if _, err := l.Agree(within(t, time.Minute), "a", []byte("agreed")); err != nil {
		t.Fatal(err)
	}
	denied := []string{
		"$JS.API.STREAM.MSG.DELETE.ledger", "$JS.API.STREAM.MSG.DELETE.ledger-shared", "$JS.API.STREAM.MSG.DELETE.another-keys",
		"$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE", "$SYS.REQ.SERVER.PING",
	}
	for _, stream := range allStreams {
		for _, act := range []string{"UPDATE.", "PURGE.", "DELETE.", "SNAPSHOT.", "RESTORE.", "PEER.REMOVE.", "LEADER.STEPDOWN."} {
			denied = append(denied, "$JS.API.STREAM."+act+stream)
		}
	}
	for _, subject := range denied {
		conn, err := node.connect()
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Publish(subject, []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := conn.LastError(); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v", subject, err)
		}
		conn.Close()
	}
	if r, err := l.Check(context.Background()); err != nil || r.Entries != 1 || len(r.Damage) > 0 {
		t.Fatalf("check: %+v, %v", r, err)
	}
	// What is allowed, so that the test can tell: one message of the keys.
	if err := k.Destroy(within(t, time.Minute), 1); err != nil {
		t.Error(err)
	}
}

// TestDenialsOfTheStream has streams refuse deletion and purging by themselves,
// whoever asks: rights are one wall, the stream's configuration the other.
func TestDenialsOfTheStream(t *testing.T) {
	n := must(namesOf("x"))
	for _, c := range []streamConfig{n.config(3), n.sharedConfig(3), n.keysConfig(3)} {
		if c.DenyDelete == (c.Name == "x-keys") || !c.DenyPurge || c.AllowRollup || c.Discard != "new" || c.Copies != 3 {
			t.Errorf("%+v", c)
		}
	}
}

// TestSecondDocument publishes under a name that is taken without the condition
// that it is not: the stream itself refuses it.
func TestSecondDocument(t *testing.T) {
	l := must(Open(within(t, time.Minute), startAlone(t), Options{}))
	defer l.Close()
	must(l.Agree(within(t, time.Minute), "a", []byte("first")))
	last, err := l.store(within(t, time.Minute), 1, 0, func(int) *nats.Msg {
		return &nats.Msg{Subject: "tocsin.ledger.shared.a", Data: []byte("second"), Header: nats.Header{}}
	})
	if err == nil {
		t.Errorf("stored as %d", last)
	}
	if got := must(l.Agree(within(t, time.Minute), "a", nil)); string(got) != "first" {
		t.Errorf("agreed is %q", got)
	}
}

// TestOtherwiseConfigured finds streams of keys and documents that could lose them.
func TestOtherwiseConfigured(t *testing.T) {
	node := startAlone(t)
	l := must(Open(within(t, time.Minute), node, Options{Patience: time.Second}))
	defer l.Close()
	keys, shared := l.names.keysConfig(1), l.names.sharedConfig(1)
	keys.MaxAge, shared.DenyDelete = int64(time.Hour), false
	for _, c := range []streamConfig{keys, shared} {
		if err := l.ask(within(t, time.Minute), apiCreate+c.Name, c, &struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := l.Keys(within(t, time.Minute))
	_, err2 := l.Agree(within(t, time.Minute), "a", []byte("x"))
	for _, err := range []error{err, err2} {
		if err == nil || !strings.Contains(err.Error(), "not configured as") {
			t.Errorf("opened: %v", err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestNotEntries feeds the ledger's subjects with what is no entry: readers
// name the place.
func TestNotEntries(t *testing.T) {
	node := startAlone(t)
	ctx := within(t, time.Minute)
	l, err := Open(ctx, node, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(ctx, ledger.Any, ledger.Draft{Kind: "k"}, ledger.Draft{Kind: "k"}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.writes.RequestWithContext(ctx, l.names.entry("k"), []byte("no entry")); err != nil {
		t.Fatal(err)
	}
	_, err = l.Append(ctx, ledger.Any, ledger.Draft{Kind: "k"})
	if !errors.Is(err, ledger.ErrUnavailable) || !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("an append behind what is no entry: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, node, Options{}); !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("opened again: %v", err)
	}
}
