// Package haproxy keeps HAProxy's maps, over its runtime socket: requests from
// blocked addresses, for blocked names and for blocked URLs are denied, from the
// answer on that the socket gives, without a reload.
//
// There is a map for each thing that a request is looked up by (feed.HAProxyMaps);
// `tocsin feed connect haproxy` prints the rules that look it up. Every one is a
// search in a tree, also that for the names beneath a blocked one, which asks for a
// host's last label, its last two, and so on: HAProxy's own matching of domain
// endings goes through a list, and takes notevil.example for one of evil.example.
//
// An entry's value is the second, since 1970, at which it ends; the rules compare it
// with the clock, so that a protection goes when its time has come, though the edge
// be dead. The maps are files as well, which HAProxy reads when it starts: after a
// restart it has the last state at once, and the outlet, which finds its mark
// missing from the maps in memory, sees that it has to begin anew.
package haproxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Config says where HAProxy's maps and its socket are.
type Config struct {
	Dir    string           // the folder of the maps, as in HAProxy's configuration
	Socket string           // its runtime socket, of level operator; feed.HAProxySocket in Dir if empty
	Clock  func() time.Time // time.Now if nil
}

// Outlet puts protections in force in HAProxy. Its methods belong to one goroutine.
type Outlet struct {
	cfg   Config
	mark  string // what shows that the maps in HAProxy's memory are those that were put there; "" if they are not
	have  have   // what is in them
	files files
}

// New gives the outlet; nothing is asked of HAProxy before the first Apply.
func New(cfg Config) *Outlet {
	cfg.Dir = filepath.Clean(cfg.Dir)
	if cfg.Socket == "" {
		cfg.Socket = filepath.Join(cfg.Dir, feed.HAProxySocket)
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return &Outlet{cfg: cfg, files: files{dir: cfg.Dir, clock: cfg.Clock}}
}

// Name is "haproxy".
func (*Outlet) Name() string { return "haproxy" }

// longest is how long a URL may be, in bytes: a command has to fit into HAProxy's
// buffer (tune.bufsize, 16 KiB by default).
const longest = 4096

// Refuses says why the outlet does not carry a protection, or "".
func (*Outlet) Refuses(p protect.Protection) string { return refuses(p) }

func refuses(p protect.Protection) string {
	switch {
	case p.Polarity == protect.Observe:
		return "HAProxy carries blocks, and the must-resolve names that are excepted from them"
	case p.Polarity == protect.MustResolve && p.Type != observable.Domain:
		return "HAProxy excepts names only"
	}
	switch p.Type {
	case observable.IPv4, observable.IPv6:
	case observable.Domain:
		if !p.Exact && p.Polarity == protect.Block && strings.Count(p.Text, ".") >= feed.HAProxyLabels {
			return fmt.Sprintf("the rules look up the last %d labels of a name; this one has more", feed.HAProxyLabels)
		}
	case observable.URL:
		if len(p.Text) > longest {
			return fmt.Sprintf("the URL has more than %d characters", longest)
		}
	default:
		return "HAProxy sees addresses, names and URLs only"
	}
	if !sayable(p.Text) {
		return "a character of it cannot be said to HAProxy's socket"
	}
	return ""
}

// sayable says whether a value stays one word of a command. Nothing that
// observable.New has let pass as a name or an address does not; a URL's character
// could end a command of the socket, and begin another.
func sayable(text string) bool {
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`;\<>"'#`, r)
	})
}

// Apply makes the update the state of HAProxy, and has the maps on disk follow.
// Each value changes in one step; of many at once, each map does, up to a size
// (mostInOneStep). Where HAProxy was started anew since, it gets everything anew.
func (o *Outlet) Apply(ctx context.Context, u feed.Update) error {
	if err := o.apply(ctx, u); err != nil {
		o.mark = ""
		return fmt.Errorf("haproxy outlet: %w", err)
	}
	return nil
}

func (o *Outlet) apply(ctx context.Context, u feed.Update) error {
	s, err := dial(ctx, o.cfg.Socket)
	if err != nil {
		// A HAProxy that starts now finds the state nevertheless.
		return errors.Join(err, o.files.instead(u.Set))
	}
	defer s.close()
	if u.Anew || o.mark == "" || o.check(s) != nil {
		return o.anew(ctx, s, u.Set)
	}
	d := o.differences(u)
	switch size := len(o.have); {
	case d.len() > 1 && size+d.len() <= mostInOneStep, d.searches() > mostSearches && size > mostInOneStep:
		return o.anew(ctx, s, u.Set)
	}
	if err := o.change(s, d); err != nil {
		return err
	}
	return o.files.follow(u.Set, len(o.have))
}

const (
	// mostInOneStep is up to how many entries the maps are replaced as a whole by an
	// update of more than one value, so that HAProxy never has half of it. More take
	// long to send: then each value changes by itself.
	mostInOneStep = 20_000
	// mostSearches is how many entries of larger maps are changed or removed one by
	// one: HAProxy 2.6 searches for each from the first on (src/pattern.c, pat_ref_set
	// and pat_ref_delete), which at a million takes as long as sending some 20,000.
	mostSearches = 50
)

// Check looks whether HAProxy still has what it was given, and writes the maps'
// files if they had to wait. After an error an Apply with Anew is due.
func (o *Outlet) Check(ctx context.Context) error {
	s, err := dial(ctx, o.cfg.Socket)
	if err == nil {
		err = o.check(s)
		s.close()
	}
	if err = cmp.Or(err, o.files.settle()); err != nil {
		o.mark = ""
		return fmt.Errorf("haproxy outlet: %w", err)
	}
	return nil
}

// Close writes the maps' files if they had to wait, and leaves in force what is.
func (o *Outlet) Close() error { return o.files.finish() }
