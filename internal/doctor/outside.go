package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// place is somewhere outside that the hub connects to. What of a URL is beside the
// host may be a secret, and is never shown.
type place struct {
	of   string
	addr string // host:port
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// existing is the path, or the nearest directory above it that is there.
func existing(path string) string {
	for path = filepath.Clean(path); ; path = filepath.Dir(path) {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
	}
}

// hostPort is where a URL leads.
func hostPort(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port), port != ""
}

// outside looks whether what the hub connects to is there, as its policy lets it.
func (e *examination) outside(ctx context.Context) {
	policy, err := e.cfg.Dial.Policy()
	if err != nil {
		e.wrong("configuration", "correct [dial]", "%v", err)
		return
	}
	e.mail(ctx, policy)
	var places []place
	add := func(of, address string) {
		if addr, ok := hostPort(address); ok {
			places = append(places, place{of, addr})
		}
	}
	for _, s := range e.cfg.Sources {
		add("source "+s.Name, s.URL)
	}
	for _, w := range e.cfg.Log.Witnesses {
		add("witness "+w.Name, w.URL)
	}
	for _, o := range e.cfg.OIDC {
		add("identity provider "+o.Name, o.Issuer)
	}
	e.reach(ctx, policy, places)
}

func (e *examination) mail(ctx context.Context, policy dial.Policy) {
	if e.cfg.Notices.SMTP == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	if err := e.cfg.Notices.Greet(ctx, policy); err != nil {
		e.wrong("mail", "look at [notices] smtp, smtp_user and smtp_ca, and at the mail server's own log", "no session with the mail server: %v", err)
		return
	}
	e.sound("mail", "the mail server lets the hub in; nothing was sent")
}

const (
	reachPatience = 10 * time.Second // with one place
	reachTogether = 16               // places at a time
)

// reach connects to each place, and closes the connection.
func (e *examination) reach(ctx context.Context, policy dial.Policy, places []place) {
	failed := make([]error, len(places))
	var under sync.WaitGroup
	free := make(chan struct{}, reachTogether)
	for i, p := range places {
		free <- struct{}{}
		under.Go(func() {
			defer func() { <-free }()
			ctx, cancel := context.WithTimeout(ctx, reachPatience)
			defer cancel()
			conn, err := policy.DialContext(ctx, "tcp", p.addr)
			if failed[i] = err; err == nil {
				_ = conn.Close()
			}
		})
	}
	under.Wait()
	for i, p := range places {
		switch err := failed[i]; {
		case err == nil:
			e.sound(p.of, "%s answers", p.addr)
		case errors.Is(err, dial.ErrRefused):
			e.wrong(p.of, "if that is right, allow it under [dial]", "%v", err)
		default:
			e.wrong(p.of, "look at the address, at name resolution and at firewalls on the way", "%v", err)
		}
	}
}

// channels looks whether webhooks and chat servers answer. A hub that runs has the
// ledger's keys, and tries its channels itself.
func (e *examination) channels(ctx context.Context) {
	l, err := hub.OpenLedger(ctx, e.cfg.Data, sqlite.Options{})
	var used *sqlite.InUse
	switch {
	case errors.As(err, &used):
		e.running = true
		return
	case err != nil:
		e.wrong("ledger", "run tocsin check --data "+e.cfg.Data, "the hub could not open it: %v", err)
		return
	}
	defer l.Close() //nolint:errcheck // nothing was written
	policy, err := e.cfg.Dial.Policy()
	list, readErr := channelsOf(ctx, l)
	if err := errors.Join(err, readErr); err != nil {
		e.wrong("channels", "run tocsin check --data "+e.cfg.Data, "they cannot be read: %v", err)
		return
	}
	var places []place
	for _, c := range list {
		addr, ok := hostPort(c.Target)
		switch {
		case c.Kind == notice.Mail && e.cfg.Notices.SMTP == "":
			e.wrong("channel "+c.ID, "set smtp under [notices]", "it is told by mail, and this hub sends none")
		case c.Kind == notice.File && e.cfg.Notices.Dir == "":
			e.wrong("channel "+c.ID, "set dir under [notices]", "it is told by files, and this hub writes none")
		case ok && c.Kind != notice.Mail && c.Kind != notice.File:
			places = append(places, place{fmt.Sprintf("channel %s (%s)", c.ID, c.Kind), addr})
		}
	}
	e.reach(ctx, policy, places)
}

// channelsOf are the channels that partners have, in the order of their ids.
func channelsOf(ctx context.Context, l ledger.Ledger) ([]notice.Channel, error) {
	open := map[string]notice.Channel{}
	for entry, err := range l.Read(ctx, 0, notice.KindChannelAdded, notice.KindChannelRemoved, access.KindPartnerLeft) {
		if err != nil {
			return nil, err
		}
		switch entry.Kind {
		case notice.KindChannelAdded:
			err = ledger.Fold(entry, func(e ledger.Entry, c notice.Channel) {
				c.Partner = access.PartnerID(e.Actor)
				open[c.ID] = c
			})
		case notice.KindChannelRemoved:
			err = ledger.Fold(entry, func(_ ledger.Entry, gone notice.ChannelRemoval) { delete(open, gone.Channel) })
		case access.KindPartnerLeft:
			err = ledger.Fold(entry, func(_ ledger.Entry, gone access.Departure) {
				maps.DeleteFunc(open, func(_ string, c notice.Channel) bool { return c.Partner == gone.Partner })
			})
		}
		if err != nil {
			return nil, err
		}
	}
	delete(open, "") // of one that was erased
	return slices.SortedFunc(maps.Values(open), func(a, b notice.Channel) int { return strings.Compare(a.ID, b.ID) }), nil
}
