package jetstream_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// outside is how the servers of a cluster that is there already are configured.
type outside struct {
	sync    string // of JetStream
	payload string
	denied  []string // to the ledger's user
}

// asNeeded is what docs/nodes.md asks for.
func asNeeded() outside {
	return outside{sync: "always", payload: "2MB", denied: []string{
		"$JS.API.STREAM.UPDATE.*", "$JS.API.STREAM.PURGE.*", "$JS.API.STREAM.DELETE.*", "$JS.API.STREAM.MSG.DELETE.ledger", "$JS.API.STREAM.MSG.DELETE.ledger-shared",
	}}
}

// start runs three servers with doors, and gives their URLs.
func (o outside) start(t *testing.T) (urls []string) {
	t.Helper()
	clients, routes := freeAddresses(t, 3), freeAddresses(t, 3)
	var servers []*server.Server
	for i := range clients {
		file := filepath.Join(t.TempDir(), "nats.conf")
		text := fmt.Sprintf(`
server_name: nats-%d
listen: %q
max_payload: %s
jetstream { store_dir: %q, sync_interval: %s, limits { batch { max_msgs: 8192 } } }
cluster { name: outside, listen: %q, no_advertise: true, routes: ["nats-route://%s"] }
accounts {
  SYS { users: [ { user: sys, password: "of the system" } ] }
  HUB { jetstream: enabled, users: [ { user: hub, password: "of the hub", permissions: { publish: { allow: ">", deny: ["%s"] } } } ] }
}
system_account: SYS
`, i+1, clients[i], o.payload, t.TempDir(), o.sync, routes[i], strings.Join(routes, `", "nats-route://`), strings.Join(o.denied, `", "`))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		opts, err := server.ProcessConfigFile(file)
		if err != nil {
			t.Fatal(err)
		}
		opts.NoSigs, opts.NoLog = true, true
		s, err := server.NewServer(opts)
		if err != nil {
			t.Fatal(err)
		}
		servers, urls = append(servers, s), append(urls, "nats://"+clients[i])
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	}
	for _, s := range servers {
		if !s.ReadyForConnections(30 * time.Second) {
			t.Fatal("a server is not ready")
		}
	}
	ctx := soon(t)
	for !servers[0].JetStreamIsCurrent() && !servers[1].JetStreamIsCurrent() && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	return urls
}

// nodesOutside gives each of the files a node of the servers.
func nodesOutside(t *testing.T, urls []string) (configs []jetstream.NodeConfig) {
	t.Helper()
	dir := t.TempDir()
	hub, system := filepath.Join(dir, "hub"), filepath.Join(dir, "system")
	if err := errors.Join(os.WriteFile(hub, []byte("hub:of the hub\n"), 0o600), os.WriteFile(system, []byte("sys:of the system\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, file := range threeNodes(t, filepath.Join(dir, "nodes")) {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, fmt.Appendf(text, "servers = [\"%s\"]\ncredentials = %q\nsystem_credentials = %q\n", strings.Join(urls, `", "`), hub, system), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := jetstream.ReadConfig(file)
		if err != nil {
			t.Fatal(err)
		}
		configs = append(configs, cfg)
	}
	return configs
}

// TestExternalServers keeps a ledger of three nodes, its keys and what they share on
// servers that are there already.
func TestExternalServers(t *testing.T) {
	var ledgers []*jetstream.Ledger
	for _, cfg := range nodesOutside(t, asNeeded().start(t)) {
		node, err := jetstream.Start(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(node.Close)
		if node.Name() != cfg.Listen {
			t.Errorf("the node is called %s, not %s", node.Name(), cfg.Listen)
		}
		l, err := jetstream.Open(soon(t), node, jetstream.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		ledgers = append(ledgers, l)
	}
	ctx := soon(t)
	for i := range 30 {
		if _, err := ledgers[i%3].Append(ctx, ledger.Any, ledger.Draft{Kind: "test.written", Body: []byte{byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	term := lead(t, ledgers[1])
	if _, err := ledgers[1].AppendUnder(ctx, term, ledger.Any, make([]ledger.Draft, 2000)...); err == nil {
		t.Error("drafts without a kind were appended")
	}
	many := make([]ledger.Draft, 3000)
	for i := range many {
		many[i] = ledger.Draft{Kind: "test.written"}
	}
	if _, err := ledgers[1].AppendUnder(ctx, term, ledger.Any, many...); err != nil {
		t.Fatal(err)
	}
	allEqual(t, ledgers, 30+1+3000)
	var first []byte
	for i, l := range ledgers {
		agreed, err := l.Agree(ctx, "secret", []byte{byte(i + 1)})
		if err != nil || first != nil && string(agreed) != string(first) {
			t.Fatalf("node %d has %v, the first %v: %v", i+1, agreed, first, err)
		}
		first = agreed
	}
	keys, err := ledgers[0].Keys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if first, _, err := keys.Draw(ctx, 3); err != nil || first != 1 {
		t.Fatal(first, err)
	}
	if err := keys.Destroy(ctx, 2); err != nil {
		t.Fatal(err)
	}
}

// TestServersThatWouldLoseIt have what they must not have.
func TestServersThatWouldLoseIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*outside)
		says   string
	}{
		"not synced":        {func(o *outside) { o.sync = `"2m"` }, "power loss"},
		"may purge":         {func(o *outside) { o.denied = append(o.denied[:1:1], o.denied[2:]...) }, "PURGE"},
		"may delete":        {func(o *outside) { o.denied = append(o.denied[:3:3], o.denied[4:]...) }, "MSG.DELETE"},
		"too small payload": {func(o *outside) { o.payload = "1MB" }, "max_payload"},
	} {
		t.Run(name, func(t *testing.T) {
			o := asNeeded()
			c.change(&o)
			node, err := jetstream.Start(nodesOutside(t, o.start(t))[0])
			if err == nil {
				node.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says: %v", err)
			}
		})
	}
}

// TestServersInTheClear are not connected to over a network.
func TestServersInTheClear(t *testing.T) {
	for _, url := range []string{"nats://192.0.2.1:4222", "tls://user:password@192.0.2.1:4222", "nats://localhost.example:4222"} {
		cfg := nodesOutside(t, []string{url})[0]
		node, err := jetstream.Start(cfg)
		if err == nil {
			node.Close()
			t.Errorf("%s is connected to", url)
		}
	}
}
