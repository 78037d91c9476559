package feed

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// ErrEngine is the kind of error for an engine that Connect does not know.
var ErrEngine = errors.New("unknown engine")

// ConnectConfig says what to connect to, and in which form.
type ConnectConfig struct {
	Hub    netip.AddrPort // the hub's DNS primary
	Zone   string         // its policy zone; "tocsin.rpz." if empty
	Key    string         // name of the transfer key (TSIG, hmac-sha256)
	Secret string         // its secret, base64

	// Standalone asks for a complete configuration for trying out: recursion
	// forwarded, unprivileged, nothing outside Dir. Without it, the files are
	// for an engine that runs already, and the rest is not used.
	Standalone bool
	Listen     netip.AddrPort // where the engine answers
	Forward    netip.AddrPort // the resolver that it asks
	Dir        string         // absolute path of the folder that the files are written to
}

// A connector gives an engine's files, and for the standalone form the command
// that starts it in the foreground.
type connector func(ConnectConfig) (files map[string]string, start []string, err error)

var connectors = map[string]connector{
	"bind": connectBIND,
}

// Engines lists the engines that Connect knows.
func Engines() []string { return slices.Sorted(maps.Keys(connectors)) }

// Connect gives the configuration that connects an engine to the hub: the
// files' contents by name, and for the standalone form the command that starts
// the engine in the foreground. The files hold the key's secret: write them
// readable by the engine alone.
func Connect(engine string, c ConnectConfig) (files map[string]string, start []string, err error) {
	connect, known := connectors[engine]
	if !known {
		return nil, nil, fmt.Errorf("%w %q: there are %s", ErrEngine, engine, strings.Join(Engines(), ", "))
	}
	if c, err = c.checked(); err != nil {
		return nil, nil, fmt.Errorf("connect %s: %w", engine, err)
	}
	return connect(c)
}

// checked fills in defaults and refuses what would not stay one word of a
// configuration file.
func (c ConnectConfig) checked() (ConnectConfig, error) {
	if c.Zone == "" {
		c.Zone = "tocsin.rpz."
	}
	zone, err := observable.New(observable.Domain, c.Zone)
	if err != nil {
		return c, fmt.Errorf("zone: %w", err)
	}
	key, err := observable.New(observable.Domain, c.Key)
	if err != nil {
		return c, fmt.Errorf("key: %w", err)
	}
	c.Zone, c.Key = zone.Text, key.Text
	if secret, err := base64.StdEncoding.DecodeString(c.Secret); err != nil || len(secret) == 0 {
		return c, errors.New("key: the secret is not base64")
	}
	if !c.Hub.IsValid() || c.Hub.Port() == 0 {
		return c, errors.New("hub: the address and port of its DNS primary are needed")
	}
	if c.Hub.Addr().IsUnspecified() {
		return c, fmt.Errorf("hub: its DNS primary listens on %s, which is no address to follow: start the hub with --dns-listen and the address that engines reach", c.Hub)
	}
	if !c.Standalone {
		return c, nil
	}
	switch {
	case !c.Listen.IsValid() || c.Listen.Port() == 0:
		return c, errors.New("listen: an address and port are needed")
	case !c.Forward.IsValid() || c.Forward.Port() == 0:
		return c, errors.New("forward: the address and port of a resolver are needed")
	case !filepath.IsAbs(c.Dir):
		return c, fmt.Errorf("dir %q: an absolute path is needed", c.Dir)
	case strings.ContainsFunc(c.Dir, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }):
		return c, fmt.Errorf("dir %q: quotes, backslashes and control characters cannot be written into a configuration", c.Dir)
	}
	return c, nil
}
