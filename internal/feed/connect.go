package feed

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// ErrEngine is the kind of error for an engine that Connect does not know.
var ErrEngine = errors.New("unknown engine")

// ConnectConfig says what to connect to, and in which form.
type ConnectConfig struct {
	// For resolvers.
	Hub     netip.AddrPort // the hub's DNS primary
	HotZone string         // its policy zone for what is recent, before Zone; "tocsin-hot.rpz." if empty
	Zone    string         // its policy zone; "tocsin.rpz." if empty
	Key     string         // name of the transfer key (TSIG, hmac-sha256)
	Secret  string         // its secret, base64
	TLS     netip.AddrPort // where the primary gives transfers over TLS
	TLSName string         // the name in its certificate
	CA      string         // what the certificate is verified with, PEM
	Label   string         // what stands before the zones' names for an engine that knows no keys; filled in

	// For engines that an edge feeds.
	HubURL    string // of the hub's API
	TokenFile string // absolute path of the partner's token
	Binary    string // absolute path of the tocsin program

	Reach  string // who asks the engine: "internal", "clients" or "public"; "internal" if empty
	DryRun bool   // the engine reports what it would do, and does nothing

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
type connector struct {
	resolver bool // it follows the hub's DNS primary
	files    func(ConnectConfig) (files map[string]string, start []string, err error)
}

var connectors = map[string]connector{
	"bind":          {true, connectBIND},
	"unbound":       {true, connectUnbound},
	"pdns-recursor": {true, connectPDNS},
	"nft":           {false, connectNFT},
	"haproxy":       {false, connectHAProxy},
	"nginx":         {false, connectFed("nginx", nginxFed)},
	"squid":         {false, connectFed("squid", squidFed)},
	"postfix":       {false, connectFed("postfix", postfixFed)},
	"yara":          {false, connectFed("yara", yaraFed)},
	"clamav":        {false, connectFed("clamav", clamavFed)},
	"suricata":      {false, connectFed("suricata", suricataFed)},
	"zeek":          {false, connectFed("zeek", zeekFed)},
}

// Engines lists the engines that Connect knows.
func Engines() []string { return slices.Sorted(maps.Keys(connectors)) }

// Follows says whether an engine follows the hub's DNS primary; others are fed by
// an edge, or fetch lists.
func Follows(engine string) bool { return connectors[engine].resolver }

// Notified says whether an engine takes DNS NOTIFY; PowerDNS asks by itself.
func Notified(engine string) bool { return Follows(engine) && engine != "pdns-recursor" }

// Connect gives the configuration that connects an engine to the hub: the
// files' contents by name, and for the standalone form the command that starts
// the engine in the foreground. The files hold the key's secret: write them
// readable by the engine alone.
func Connect(engine string, c ConnectConfig) (files map[string]string, start []string, err error) {
	connect, known := connectors[engine]
	if !known {
		return nil, nil, fmt.Errorf("%w %q: there are %s", ErrEngine, engine, strings.Join(Engines(), ", "))
	}
	if connect.resolver {
		c, err = c.followed()
	}
	if err == nil {
		err = c.placed(connect.resolver)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("connect %s: %w", engine, err)
	}
	if files, start, err = connect.files(c); err != nil {
		return nil, nil, fmt.Errorf("connect %s: %w", engine, err)
	}
	return files, start, nil
}

// followed fills in what a resolver needs, and refuses what would not stay one
// word of a configuration file.
func (c ConnectConfig) followed() (ConnectConfig, error) {
	for _, z := range []struct {
		what, usual string
		text        *string
	}{{"hot zone", "tocsin-hot.rpz.", &c.HotZone}, {"zone", "tocsin.rpz.", &c.Zone}, {"key", "", &c.Key}} {
		if *z.text == "" {
			*z.text = z.usual
		}
		v, err := observable.New(observable.Domain, *z.text)
		if err != nil {
			return c, fmt.Errorf("%s: %w", z.what, err)
		}
		*z.text = v.Text
	}
	if secret, err := base64.StdEncoding.DecodeString(c.Secret); err != nil || len(secret) == 0 {
		return c, errors.New("key: the secret is not base64")
	}
	c.Label = TransferLabel(c.Secret)
	if !c.Hub.IsValid() || c.Hub.Port() == 0 {
		return c, errors.New("hub: the address and port of its DNS primary are needed")
	}
	if c.Hub.Addr().IsUnspecified() {
		return c, fmt.Errorf("hub: its DNS primary listens on %s, which is no address to follow: start the hub with --dns-listen and the address that engines reach", c.Hub)
	}
	if c.TLS.IsValid() {
		name, err := observable.New(observable.Domain, c.TLSName)
		if err != nil {
			return c, fmt.Errorf("hub: the name in its certificate: %w", err)
		}
		c.TLSName = name.Text
		if block, rest := pem.Decode([]byte(c.CA)); c.CA != "" && (block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0) {
			return c, errors.New("hub: what its certificate is verified with is no certificate in PEM")
		}
	}
	return c, nil
}

// placed checks where the engine is to stand.
func (c ConnectConfig) placed(resolver bool) error {
	if strings.ContainsFunc(c.Dir, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		return fmt.Errorf("dir %q: quotes, backslashes and control characters cannot be written into a configuration", c.Dir)
	}
	if !c.Standalone {
		return nil
	}
	switch {
	case resolver && (!c.Listen.IsValid() || c.Listen.Port() == 0):
		return errors.New("listen: an address and port are needed")
	case resolver && (!c.Forward.IsValid() || c.Forward.Port() == 0):
		return errors.New("forward: the address and port of a resolver are needed")
	case !filepath.IsAbs(c.Dir):
		return fmt.Errorf("dir %q: an absolute path is needed", c.Dir)
	}
	return nil
}

// in is a file's path where the engine finds it: in Dir, or else in the usual folder.
func (c ConnectConfig) in(usual, file string) string {
	if c.Dir == "" {
		return filepath.Join(usual, file)
	}
	return filepath.Join(c.Dir, file)
}

// rendered gives files from templates.
func rendered(fields any, texts map[string]*template.Template) (map[string]string, error) {
	files := make(map[string]string, len(texts))
	for name, text := range texts {
		var b strings.Builder
		if err := text.Execute(&b, fields); err != nil {
			return nil, err
		}
		files[name] = b.String()
	}
	return files, nil
}

// TransferLabel stands before the zones' names for an engine that knows no keys: it
// follows from a transfer key's secret, and nobody finds the one from the other.
func TransferLabel(secret string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("tocsin transfer label"))
	return hex.EncodeToString(h.Sum(nil)[:16])
}
