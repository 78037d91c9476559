package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/tracing"
)

type serveCommand struct {
	Data      string   `help:"Directory of the ledger and the views (default ./tocsin-data)." placeholder:"DIR" env:"TOCSIN_DATA"`
	Listen    string   `help:"Address of HTTP (default 127.0.0.1:8440)." placeholder:"ADDR:PORT" env:"TOCSIN_LISTEN"`
	DNSListen string   `name:"dns-listen" help:"Address of the DNS primary (default 127.0.0.1:8453)." placeholder:"ADDR:PORT" env:"TOCSIN_DNS_LISTEN"`
	DNSTLS    string   `name:"dns-tls-listen" help:"Address of its transfers over TLS (default: the same address, port 853 for 53, otherwise 400 above)." placeholder:"ADDR:PORT" env:"TOCSIN_DNS_TLS_LISTEN"`
	Sinkhole  string   `help:"Address with which must-resolve names are answered, and of the built-in HTTP sinkhole (default 127.0.0.1:8480, for trying out)." placeholder:"ADDR:PORT" env:"TOCSIN_SINKHOLE"`
	Notify    []string `help:"RPZ secondaries to tell of changes, beside those connected by 'feed connect'." placeholder:"ADDR:PORT"`
	Config    string   `help:"TOML file with these settings." placeholder:"FILE" env:"TOCSIN_CONFIG"`
	Cluster   string   `help:"File of this machine's node, for a hub on three machines: see 'tocsin ledger make-nodes'." placeholder:"FILE" env:"TOCSIN_CLUSTER"`
	TLSCert   string   `name:"tls-cert" help:"Certificate chain, PEM." placeholder:"FILE" env:"TOCSIN_TLS_CERT"`
	MaxBody   int64    `name:"max-body" help:"Bytes that a contribution may have (default 67108864)." placeholder:"N" env:"TOCSIN_MAX_BODY"`
	TLSKey    string   `name:"tls-key" help:"Its key, PEM." placeholder:"FILE" env:"TOCSIN_TLS_KEY"`
	LogFormat string   `name:"log-format" help:"How the log is written to standard error: text (name=value) or json." enum:"text,json" default:"text" env:"TOCSIN_LOG_FORMAT"`
}

// config is the file's settings with the command line's over them.
func (c *serveCommand) config() (hub.Config, error) {
	var cfg hub.Config
	if c.Config != "" {
		var err error
		if cfg, err = hub.ReadConfig(c.Config); err != nil {
			return cfg, usageError{err}
		}
	}
	for _, set := range []struct {
		field *string
		value string
	}{
		{&cfg.Data, c.Data}, {&cfg.Listen, c.Listen}, {&cfg.DNSListen, c.DNSListen}, {&cfg.DNSTLSListen, c.DNSTLS},
		{&cfg.Sinkhole, c.Sinkhole}, {&cfg.TLSCert, c.TLSCert}, {&cfg.TLSKey, c.TLSKey},
		{&cfg.Cluster, c.Cluster},
	} {
		if set.value != "" {
			*set.field = set.value
		}
	}
	cfg.Notify = append(cfg.Notify, c.Notify...)
	if c.MaxBody != 0 {
		cfg.MaxBody = c.MaxBody
	}
	cfg.AdminToken = os.Getenv("TOCSIN_ADMIN_TOKEN")
	cfg.Notices.SMTPPassword = os.Getenv("TOCSIN_SMTP_PASSWORD")
	if err := cfg.Validate(); err != nil {
		return cfg, usageError{err}
	}
	return cfg, nil
}

// lastTraces is how long a hub that has ended goes on sending what was traced.
const lastTraces = 3 * time.Second

func (c *serveCommand) Run(env *environment) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	cfg.Logger = env.loggerAs(c.LogFormat)
	if limit := limitMemory(); limit > 0 {
		cfg.Logger.Debug("garbage is collected more often near this much memory", "bytes", limit)
	}
	collector, err := collectorClient(cfg.Dial)
	if err != nil {
		return usageError{err}
	}
	stopTracing, err := tracing.Begin(env.Context, collector, func(err error) { cfg.Logger.Warn("traces were not sent", "error", err) })
	if err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(env.Context), lastTraces)
		defer cancel()
		if err := stopTracing(last); err != nil {
			cfg.Logger.Warn("the last traces were not sent", "error", err)
		}
	}()
	if cfg.Cluster != "" {
		fmt.Fprintln(env.Stderr, "This node waits for a majority of its cluster's nodes.")
	}
	h, err := hub.Start(env.Context, cfg)
	if err != nil {
		return err
	}
	if h.ClaimSecret != "" {
		fmt.Fprintf(env.Stderr, "Nobody administers this hub yet. Claim it at %s/claim, or with 'tocsin token claim', with this secret, which works once and until the next start:\n%s\n", h.URL(), h.ClaimSecret)
	}
	fmt.Fprintf(env.Stderr, "Tocsin serves %s, DNS on %s, sinkhole on %s\n", h.URL(), h.DNS(), h.Sinkhole())
	warnOfSinkhole(env, h.Sinkhole())
	if err := tellManager("READY=1"); err != nil {
		cfg.Logger.Warn("the service manager cannot be told that the hub serves", "error", err)
	}
	err = h.Wait(env.Context)
	_ = tellManager("STOPPING=1") // it sees the end by itself
	if closing := h.Close(); err == nil {
		err = closing
	}
	return err
}

// warnOfSinkhole says when a kill switch would be answered with an address at
// which nobody's clients find the sinkhole: a worm that gets no answer runs.
func warnOfSinkhole(env *environment, at netip.AddrPort) {
	switch {
	case at.Addr().IsLoopback():
		fmt.Fprintf(env.Stderr, "Warning: must-resolve names are answered with %s, which is loopback: good for trying out only. "+
			"For real, give --sinkhole an address that your partners' clients reach on port 80.\n", at.Addr())
	case at.Port() != 80:
		fmt.Fprintf(env.Stderr, "Warning: the sinkhole listens on port %d, but clients of a must-resolve name come to port 80 of %s: forward it.\n", at.Port(), at.Addr())
	}
}
