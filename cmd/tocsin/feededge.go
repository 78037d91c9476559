package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/feed"
)

// edgeRPZ is the folder, in an edge's state, of what its own DNS primary keeps.
const edgeRPZ = "rpz"

// fromEdge adds what a resolver needs that follows an edge on this machine; no hub
// is asked. The edge tells it of changes if it was started with notify=.
func (c *feedConnectCommand) fromEdge(cfg *feed.ConnectConfig) (err error) {
	switch {
	case c.Edge == "" || c.At == "":
		return usageError{errors.New("--edge and --at go together: the edge's state, and where it serves")}
	case c.Notify != "":
		return usageError{errors.New("--notify is for a hub: start the edge with --enforce rpz=ADDR:PORT,notify=ADDR:PORT")}
	case c.Engine == "unbound":
		return usageError{errors.New("unbound can follow an edge over TLS only, which an edge does not serve: connect it to the hub, or use bind or pdns-recursor")}
	case !feed.Follows(c.Engine):
		return usageError{fmt.Errorf("%s is fed by an edge anyway: leave out --edge and --at", c.Engine)}
	}
	if cfg.Hub, err = addrPort("--at", c.At); err != nil {
		return err
	}
	secret, err := os.ReadFile(filepath.Join(c.Edge, edgeRPZ, edge.SecretFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: start the edge first, with --enforce rpz=%s and --state %s", err, c.At, c.Edge)
	}
	cfg.Key, cfg.Secret = edge.TransferKey, strings.TrimSpace(string(secret))
	return err
}
