// Package hub wires the rooms together: the ledger, its views, and the ways in
// and out. It has no rule of its own.
package hub

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

// Config is how a hub runs. Zero values work: defaults, then one TOML file,
// then TOCSIN_ environment variables, then flags.
type Config struct {
	Data      string `toml:"data"`       // directory of the ledger and the views: ./tocsin-data
	Listen    string `toml:"listen"`     // HTTP: 127.0.0.1:8440
	DNSListen string `toml:"dns_listen"` // the RPZ primary: 127.0.0.1:8453
	// DNSTLSListen is where it gives transfers over TLS: the same address, port 853
	// for 53, otherwise the port 400 above, 8853 for 8453.
	DNSTLSListen string `toml:"dns_tls_listen"`
	// Sinkhole is the address with which must-resolve names are answered and
	// where the built-in HTTP sinkhole listens: 127.0.0.1:8480, for trying
	// out. Clients must reach it on port 80.
	Sinkhole string   `toml:"sinkhole"`
	TLSCert  string   `toml:"tls_cert"`
	TLSKey   string   `toml:"tls_key"`
	MaxBody  int64    `toml:"max_body"` // of a contribution, in bytes: 64 MiB
	Notify   []string `toml:"notify"`   // RPZ secondaries to be told of changes, as ADDR:PORT

	// Cluster is the file of this machine's node, for a hub of three machines or five:
	// see package cluster and docs/nodes.md.
	Cluster string `toml:"cluster"`

	// PublicURL is the hub's address as people type it, such as
	// https://hub.example. Passkeys belong to its name, and identity providers
	// send people back to it. Without it: localhost, or the address of Listen.
	PublicURL string      `toml:"public_url"`
	OIDC      []OIDC      `toml:"oidc"` // providers at which people may sign in
	Dial      dial.Config `toml:"dial"` // where the hub may connect to beside public addresses

	Sources []pull.Config `toml:"source"` // what the hub pulls from elsewhere

	Guards Guards `toml:"guards"`  // what nobody may block
	Rule   Rule   `toml:"protect"` // when the hub blocks by itself

	Log LogConfig `toml:"log"` // who cosigns the public log

	Response Response `toml:"response"` // the board of what partners undertake

	Duties Duties `toml:"duties"` // incident reports that partners can open

	Notices deliver.Config `toml:"notices"` // how partners are told

	Limits ratelimit.Config `toml:"limits"` // of requests, by token and by address
	// Connections is how many one address (of IPv6 one /64) may have open at a
	// time: 2,000. Those beyond are closed at once. Loopback has no such limit; a
	// proxy on another machine needs as many as its clients together.
	Connections int `toml:"connections"`
	// Backlog is how many bytes of contributions may be on disk and not yet
	// shown; while there are more, none is taken: 64 MiB.
	Backlog int64 `toml:"backlog"`
	// DiskReserve is how many bytes of the data directory's disk stay free: with less
	// free, contributions and sightings are refused (503 with Retry-After) and everything
	// is served on; with less than a quarter of it, only recalls, stops and what the hub
	// itself decides are taken. 512 MiB, or a twentieth of a disk smaller than 10 GiB.
	DiskReserve int64 `toml:"disk_reserve"`
	// ClientCertificates has TLS clients asked for a certificate; one whose
	// fingerprint is registered as a token's needs no other credential.
	ClientCertificates bool `toml:"client_certificates"`

	// AdminToken is the first administrator's token. Without one, the
	// administration of a new hub is claimed: see Hub.ClaimSecret. One of fewer
	// than 32 characters may have been chosen by a person: it does not let
	// anybody in from an address that has failed too often. Of fewer than 16 the
	// hub warns.
	AdminToken string `toml:"-"`
	// OpenPages lets anyone who reaches the pages read what the community
	// may; for the demo on loopback.
	OpenPages bool `toml:"-"`

	// OnEntry is called with every new entry once it is on disk and folded; it
	// must not block.
	OnEntry func(ledger.Entry) `toml:"-"`

	// Space measures the data directory's disk; nil: headroom.Measure.
	Space func(path string) (headroom.Space, error) `toml:"-"`

	Clock  func() time.Time `toml:"-"`
	Logger *slog.Logger     `toml:"-"`
}

// The defaults of Config.
const (
	DefaultData      = "tocsin-data"
	DefaultListen    = "127.0.0.1:8440"
	DefaultDNSListen = "127.0.0.1:8453"
	DefaultSinkhole  = "127.0.0.1:8480"
	defaultMaxBody   = 64 << 20

	defaultConnections = 2000
)

// ReadConfig reads a TOML file; a key that it does not know is an error.
func ReadConfig(path string) (Config, error) {
	var cfg Config
	meta, err := toml.DecodeFile(path, &cfg)
	if err != nil {
		return cfg, fmt.Errorf("read configuration %s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return cfg, fmt.Errorf("read configuration %s: unknown key %q", path, unknown[0].String())
	}
	return cfg, nil
}

// WithDefaults is the configuration with its zero values replaced.
func (c Config) WithDefaults() Config {
	or := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	or(&c.Data, DefaultData)
	or(&c.Listen, DefaultListen)
	or(&c.DNSListen, DefaultDNSListen)
	or(&c.DNSTLSListen, besideDNS(c.DNSListen))
	or(&c.Sinkhole, DefaultSinkhole)
	if c.MaxBody == 0 {
		c.MaxBody = defaultMaxBody
	}
	if c.Connections == 0 {
		c.Connections = defaultConnections
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	return c
}

// besideDNS is where transfers over TLS are given if nothing else is said; any
// free port where the DNS primary takes any.
func besideDNS(listen string) string {
	at, err := netip.ParseAddrPort(listen)
	if err != nil {
		return "" // of a name; it has to be said
	}
	port := at.Port()
	switch {
	case port == 53:
		port = 853
	case port > 65535-400:
		return ""
	case port > 0:
		port += 400
	}
	return netip.AddrPortFrom(at.Addr(), port).String()
}

// Validate says what is wrong with the settings; zero values are not.
func (c Config) Validate() error {
	c = c.WithDefaults()
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("tls-cert and tls-key go together: give both or neither")
	}
	if _, err := netip.ParseAddrPort(c.Sinkhole); err != nil {
		return fmt.Errorf("sinkhole %q: use an address and a port, such as 192.0.2.1:80", c.Sinkhole)
	}
	for _, n := range c.Notify {
		if _, err := netip.ParseAddrPort(n); err != nil {
			return fmt.Errorf("notify %q: use an address and a port, such as 192.0.2.53:53", n)
		}
	}
	if _, err := c.Dial.Policy(); err != nil {
		return err
	}
	if err := c.Guards.Validate(); err != nil {
		return err
	}
	if err := c.Rule.Validate(); err != nil {
		return err
	}
	if err := c.Log.Validate(); err != nil {
		return err
	}
	if err := c.Notices.Validate(); err != nil {
		return err
	}
	if err := c.Response.Validate(); err != nil {
		return err
	}
	if err := c.Limits.Validate(); err != nil {
		return err
	}
	if c.ClientCertificates && c.TLSCert == "" {
		return errors.New("client_certificates needs tls_cert and tls_key: a certificate is shown over TLS only")
	}
	if c.MaxBody < 0 {
		return fmt.Errorf("max_body %d: use a number of bytes", c.MaxBody)
	}
	if c.DiskReserve < 0 {
		return fmt.Errorf("disk_reserve %d: use a number of bytes", c.DiskReserve)
	}
	if c.Connections < 0 {
		return fmt.Errorf("connections %d: use a number of connections from one address", c.Connections)
	}
	return nil
}

const (
	shortAdminToken = 16 // characters: may be found by trying
	madeAdminToken  = 32 // characters that a program makes up: 128 bits and more
)

// guessable says whether a person may have chosen the administrator's token.
func (c Config) guessable() bool { return c.AdminToken != "" && len(c.AdminToken) < madeAdminToken }

// warnOfShort tells whoever set a token that is found by trying.
func (c Config) warnOfShort() {
	if len(c.AdminToken) < shortAdminToken {
		c.Logger.Warn("the administrator's token is so short that it can be found by trying: set another, of "+
			"32 characters or more that a program has made up", "characters", len(c.AdminToken))
	}
}
