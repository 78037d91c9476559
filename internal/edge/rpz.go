package edge

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// TransferKey is the name of the key with which resolvers follow an edge.
const TransferKey = "edge.tocsin."

// RPZ is the outlet for resolvers that follow the edge instead of the hub: what
// expires goes in time though the hub is away. It belongs to one goroutine.
type RPZ struct {
	server *rpz.Server
}

// NewRPZ serves at addr. Its key, and what it last served, are kept in dir;
// resolvers at notify are told of changes.
func NewRPZ(addr, dir string, notify []netip.AddrPort, log *slog.Logger) (*RPZ, error) {
	secret, err := transferSecret(dir)
	if err != nil {
		return nil, fmt.Errorf("rpz outlet: %w", err)
	}
	server, err := rpz.New(rpz.Config{
		Addr: addr, Dir: dir, Logger: log,
		Keys: func(name string) (string, string, bool) { return secret, "edge", name == TransferKey },
	})
	if err != nil {
		return nil, fmt.Errorf("rpz outlet: %w", err)
	}
	var targets []rpz.Target
	for _, at := range notify {
		targets = append(targets, rpz.Target{Addr: at, Key: TransferKey})
	}
	server.SetNotify(targets)
	return &RPZ{server: server}, nil
}

// SecretFile is the file, in the outlet's folder, that holds the secret of TransferKey, base64.
const SecretFile = "transfer.key"

func transferSecret(dir string) (string, error) {
	path := filepath.Join(dir, SecretFile)
	text, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return strings.TrimSpace(string(text)), err
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	secret := base64.StdEncoding.EncodeToString(raw[:])
	return secret, errors.Join(os.MkdirAll(dir, 0o700), atomicfile.Write(path, []byte(secret+"\n"), 0o600))
}

// Name is "rpz".
func (*RPZ) Name() string { return "rpz" }

// Refuses implements Selective: DNS knows names and addresses.
func (*RPZ) Refuses(p protect.Protection) string {
	if p.Polarity == protect.Observe || p.Type != observable.Domain && p.Type != observable.IPv4 && p.Type != observable.IPv6 {
		return "a resolver blocks names and addresses only"
	}
	return ""
}

// Addr is where it serves.
func (r *RPZ) Addr() netip.AddrPort { return r.server.Addr() }

// Apply has the zones serve the update, and resolvers told.
func (r *RPZ) Apply(_ context.Context, u feed.Update) error {
	if _, err := r.server.Publish("edge", u); err != nil {
		return fmt.Errorf("rpz outlet: %w", err)
	}
	return nil
}

// Close stops serving. Resolvers keep what they have until the zones expire.
func (r *RPZ) Close() error { return r.server.Close() }
