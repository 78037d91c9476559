package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/haproxy"
	"github.com/tocsin-project/tocsin/internal/feed/nft"
)

// outlets reads --enforce: KIND, or KIND=TARGET, and after commas what the owner
// lets the outlet do.
func (c *edgeCommand) outlets(log *slog.Logger) ([]edge.Placed, error) {
	if c.Explain {
		return nil, nil // nothing is put in force
	}
	var outlets []edge.Placed
	for _, spec := range c.Enforce {
		one, err := c.outlet(spec, log)
		if err != nil {
			return nil, fmt.Errorf("--enforce %s: %w", spec, err)
		}
		if slices.ContainsFunc(outlets, func(other edge.Placed) bool { return other.Name() == one.Name() }) {
			return nil, usagef("--enforce %s: there is another outlet %q: tell them apart by name=WORD, for receipts and stops", spec, one.Name())
		}
		outlets = append(outlets, one)
	}
	return outlets, nil
}

func (c *edgeCommand) outlet(spec string, log *slog.Logger) (one edge.Placed, err error) {
	place, rest, _ := strings.Cut(spec, ",")
	kind, target, _ := strings.Cut(place, "=")
	options := outletOptions{}
	for option := range strings.SplitSeq(rest, ",") {
		if err := options.read(option); err != nil {
			return one, err
		}
	}
	if target == "" {
		target = filepath.Join(c.State, "protections")
	}
	switch kind {
	case "files":
		one.Outlet = edge.Files{Dir: target, Names: options.write, Reload: options.reload}
	case "nft":
		one.Outlet = nft.New(nft.Config{})
	case "haproxy":
		one.Outlet = haproxy.New(haproxy.Config{Dir: target})
	case "rpz":
		if _, err := addrPort("rpz", target); err != nil {
			return one, err
		}
		one.Outlet, err = edge.NewRPZ(target, filepath.Join(c.State, edgeRPZ), options.notify, log)
		if err != nil {
			return one, err
		}
	default:
		return one, usagef("there is no outlet %q: use files, nft, haproxy or rpz", kind)
	}
	if kind != "files" && (len(options.write) > 0 || len(options.reload) > 0) {
		return one, usageError{errors.New("write= and reload= are for files")}
	}
	if kind != "rpz" && len(options.notify) > 0 {
		return one, usageError{errors.New("notify= is for rpz")}
	}
	one.Policy, one.Label = options.policy, options.label
	return one, nil
}

// outletOptions are what follows an outlet's name.
type outletOptions struct {
	policy edge.OutletPolicy
	label  string
	write  []string
	reload []string
	notify []netip.AddrPort
}

func (o *outletOptions) read(option string) (err error) {
	name, value, _ := strings.Cut(option, "=")
	switch name {
	case "":
	case "dry-run":
		o.policy.DryRun = true
	case "people":
		o.policy.People = true
	case "min-confidence":
		if o.policy.MinConfidence, err = strconv.Atoi(value); err != nil || o.policy.MinConfidence < 1 || o.policy.MinConfidence > 100 {
			return usagef("min-confidence=%s: use 1 to 100", value)
		}
	case "reach":
		if o.policy.Reach, err = feed.ParseReach(value); err != nil {
			return usageError{err}
		}
	case "name":
		if err := access.CheckText("name", value, 64); err != nil {
			return usageError{err}
		}
		o.label = value
	case "write":
		o.write = append(o.write, value)
	case "notify":
		at, err := addrPort("notify", value)
		if err != nil {
			return err
		}
		o.notify = append(o.notify, at)
	case "reload":
		o.reload = strings.Fields(value)
	default:
		return usagef("there is no option %q: use reach=internal|clients|public, dry-run, people, min-confidence=N, name=WORD, write=NAME, reload=COMMAND or notify=ADDR:PORT", name)
	}
	return nil
}

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }
