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

// TestDenied tries, with the ledger's own rights, all that could take entries
// away.
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
	for _, subject := range []string{
		"$JS.API.STREAM.UPDATE.ledger", "$JS.API.STREAM.PURGE.ledger", "$JS.API.STREAM.DELETE.ledger",
		"$JS.API.STREAM.MSG.DELETE.ledger", "$JS.API.STREAM.SNAPSHOT.ledger", "$JS.API.STREAM.RESTORE.ledger",
		"$JS.API.STREAM.PEER.REMOVE.ledger", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE", "$SYS.REQ.SERVER.PING",
	} {
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
}

// TestDenialsOfTheStream has a stream refuse deletion and purging by itself,
// whoever asks: rights are one wall, the stream's configuration the other.
func TestDenialsOfTheStream(t *testing.T) {
	if c := must(namesOf("x")).config(3); !c.DenyDelete || !c.DenyPurge || c.AllowRollup || c.Discard != "new" {
		t.Fatalf("%+v", c)
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
