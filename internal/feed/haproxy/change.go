package haproxy

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// markKey is a key among the names that no file has. It is no host's name, and its
// value, being negative, blocks nothing.
const markKey = ".tocsin-mark"

// errForeign says that the maps in memory are not those that were put there.
var errForeign = errors.New("HAProxy was started anew since, or somebody replaced its maps")

// check looks for the mark.
func (o *Outlet) check(s *session) error {
	answer, err := s.ask("get map " + o.path(feed.HAProxyNames) + " " + markKey)
	if err != nil {
		return err
	}
	if o.mark == "" || !strings.Contains(answer, `value="`+o.mark+`"`) {
		return errForeign
	}
	return nil
}

func (o *Outlet) path(name string) string { return filepath.Join(o.cfg.Dir, name) }

// The socket's answers to what is not there, which is no error here (HAProxy 2.6,
// src/map.c).
const (
	noEntry = "entry not found."
	noKey   = "Key not found."
)

// change sends what came and what went: first what is new or lasts longer, what is
// excepted before all, then what is no more, so that a value that moves from one map
// to another is in one of them all the time.
func (o *Outlet) change(s *session, d differences) error {
	set, del := make([]string, len(d.set)), make([]string, len(d.del))
	for i, e := range d.set {
		set[i] = fmt.Sprintf("set map %s %s %d", o.path(e.where), e.key, e.until)
	}
	for i, e := range d.del {
		del[i] = "del map " + o.path(e.where) + " " + e.key
	}
	err := s.each(set, func(i int, answer string) error {
		if answer == noEntry { // what it was taken for has the same hash
			d.add = append(d.add, d.set[i])
			return nil
		}
		return told("set map "+o.path(d.set[i].where), answer)
	})
	if err != nil {
		return err
	}
	for _, where := range feed.HAProxyMaps() {
		var list []entry
		for _, e := range d.add {
			if e.where == where {
				list = append(list, e)
				o.have.add(e)
			}
		}
		if err := s.add(context.Background(), "", o.path(where), list); err != nil {
			return err
		}
	}
	return s.each(del, func(i int, answer string) error {
		o.have.remove(d.del[i])
		if answer == noKey {
			return nil
		}
		return told("del map "+o.path(d.del[i].where), answer)
	})
}

// differences are the entries that an update adds, those that it changes, and those
// that are there and must not.
type differences struct{ add, set, del []entry }

func (d differences) len() int      { return len(d.add) + d.searches() }
func (d differences) searches() int { return len(d.set) + len(d.del) }

func (o *Outlet) differences(u feed.Update) (d differences) {
	passed, now := newPasses(), whole{update: u}
	var come, gone []entry
	for _, p := range u.Come {
		e, ok := entryOf(p)
		switch {
		case ok && e.where == feed.HAProxyPass:
			passed.musts[e.key] = e.until
		case ok:
			come = append(come, e)
			if e.where == feed.HAProxyDomains {
				passed.except(now.set().Except(e.key), e.until)
			}
		}
		gone = append(gone, elsewhere(p.Value, e.where)...)
		// What is blocked itself need not resolve: the Set sees to that.
		if p.Type == observable.Domain && (p.Polarity == protect.Block || p.Polarity == protect.Observe && !now.excepts(p.Text)) {
			gone = append(gone, entry{where: feed.HAProxyPass, key: p.Text})
		}
	}
	for _, p := range u.Gone {
		gone = append(gone, elsewhere(p.Value, "")...)
		if p.Type == observable.Domain && p.Polarity == protect.MustResolve && !now.excepts(p.Text) {
			gone = append(gone, entry{where: feed.HAProxyPass, key: p.Text})
		}
	}
	if len(passed.others) > 0 {
		for _, p := range now.set().MustResolve() {
			if _, asked := passed.others[p.Text]; asked && p.Type == observable.Domain {
				passed.musts[p.Text] = until(p.Expires)
			}
		}
	}
	for _, e := range append(passed.entries(), come...) {
		if o.have.has(e) {
			d.set = append(d.set, e)
		} else {
			d.add = append(d.add, e)
		}
	}
	for _, e := range gone {
		if o.have.has(e) && sayable(e.key) {
			d.del = append(d.del, e)
		}
	}
	return d
}

// elsewhere are the entries of a value that may be in any map of blocks but one.
func elsewhere(v observable.Value, where string) (list []entry) {
	for _, home := range homes(v.Type) {
		if home != where {
			list = append(list, entry{where: home, key: v.Text})
		}
	}
	return list
}

// whole is the set of an update, asked for only if it is needed.
type whole struct {
	update feed.Update
	made   *feed.Set
}

func (w *whole) set() feed.Set {
	if w.made == nil {
		now := w.update.Set()
		w.made = &now
	}
	return *w.made
}

// excepts says whether a name must resolve although something above it is blocked.
func (w *whole) excepts(name string) bool {
	for _, up, ok := strings.Cut(name, "."); ok; _, up, ok = strings.Cut(up, ".") {
		if slices.Contains(w.set().Except(up), name) {
			return true
		}
	}
	return false
}
