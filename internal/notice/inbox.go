package notice

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxInbox is how many notices are kept of one partner. Those that made room are on the
// ledger alone.
const maxInbox = 10_000

// bulletin is what was raised, once for all whom it was raised for.
type bulletin struct {
	Raising
	seq       ledger.Seq // of its own entry
	takenBack bool
}

// item is a bulletin as one partner has it.
type item struct {
	*bulletin
	id      uuid.UUID
	partner access.PartnerID
	read    time.Time    // when it was acknowledged
	step    int          // how many steps of the ladder it has climbed
	climb   *node[*item] // the next one; nil: none
	left    []string     // of an alert: channels that it went to, or may have
	spared  []string     // channels that it was taken back from before it was due
}

// inbox is a partner's, the oldest first.
type inbox struct{ items []*item }

func (s *State) box(p access.PartnerID) *inbox {
	if s.inboxes[p] == nil {
		s.inboxes[p] = &inbox{}
	}
	return s.inboxes[p]
}

// add puts a notice in, and gives the one that has to go for it, if there are too many:
// the oldest that waits for nobody; if all wait, the newest of those that matter least,
// which may be the one that was to come.
func (b *inbox) add(it *item) (gone *item) {
	if len(b.items) < maxInbox {
		b.items = append(b.items, it)
		return nil
	}
	i := slices.IndexFunc(b.items, func(old *item) bool { return !old.waits() })
	if i < 0 {
		if i = b.least(it); i < 0 {
			return it
		}
	}
	gone = b.items[i]
	if i == 0 {
		b.items[0] = nil
		b.items = b.items[1:]
	} else {
		b.items = slices.Delete(b.items, i, i+1)
	}
	b.items = append(b.items, it)
	return gone
}

// least is where the newest of what matters least is, if it matters less than what is
// to come; -1 otherwise, and if that waits for nobody.
func (b *inbox) least(it *item) int {
	if !it.waits() {
		return -1
	}
	place, rank := -1, it.Severity.rank()
	for i, old := range b.items {
		if r := old.Severity.rank(); r < rank || place >= 0 && r == rank {
			place, rank = i, r
		}
	}
	return place
}

func (b *inbox) find(id uuid.UUID) *item {
	return b.last(func(it *item) bool { return it.id == id })
}

// last is the newest notice for which is holds.
func (b *inbox) last(is func(*item) bool) *item {
	if b == nil {
		return nil
	}
	for _, it := range slices.Backward(b.items) {
		if is(it) {
			return it
		}
	}
	return nil
}

const noticePrefix = "notice--"

// notice is the item as its partner reads it.
func (it *item) notice() Notice {
	id := noticePrefix + it.id.String()
	return Notice{
		ID: id, Partner: it.partner, Topic: it.Topic, Severity: it.Severity, Subject: it.Subject,
		Title: Label(it.TLP) + " " + it.Title, Text: it.Text, TLP: it.TLP, Link: "/notices/" + id,
		Cause: it.Cause, At: it.At, NeedsAck: it.NeedsAck,
		Acknowledged: it.read, Withdrawn: it.takenBack, Escalated: it.step,
	}
}

// Inbox is what the caller's partner was told, the newest first: all, or only what
// needs an acknowledgement and has none.
func (s *State) Inbox(p access.Principal, unacknowledged bool) []Notice {
	list, _ := s.InboxPage(p, unacknowledged, "", maxInbox)
	return list
}

// InboxPage is at most limit notices of Inbox: the first ones, or those that are older
// than the one with the id after. more says that there are more.
func (s *State) InboxPage(p access.Principal, unacknowledged bool, after string, limit int) (list []Notice, more bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list = []Notice{}
	box := s.inboxes[p.Partner]
	if p.Partner == "" || box == nil {
		return list, false
	}
	who, _ := s.dir.Reader(p.Partner)
	last, _ := uuid.Parse(strings.TrimPrefix(after, noticePrefix))
	begun := after == ""
	for _, it := range slices.Backward(box.items) {
		if !begun {
			begun = it.id == last
			continue
		}
		if unacknowledged && !it.waits() || !it.visible(who) {
			continue
		}
		if len(list) == limit {
			return list, true
		}
		list = append(list, it.notice())
	}
	return list, false
}

// waits says whether somebody still has to acknowledge it.
func (it *item) waits() bool { return it.NeedsAck && it.read.IsZero() && !it.takenBack }

// NoticeOf is one of the caller's partner's, or access.ErrNotFound.
func (s *State) NoticeOf(p access.Principal, id string) (Notice, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	it, err := s.readable(p, id)
	if err != nil {
		return Notice{}, err
	}
	return it.notice(), nil
}

func (s *State) ofInbox(p access.Principal, id string) (*item, error) {
	text, ok := strings.CutPrefix(id, noticePrefix)
	parsed, err := uuid.Parse(text)
	if ok && err == nil && p.Partner != "" {
		if it := s.inboxes[p.Partner].find(parsed); it != nil {
			return it, nil
		}
	}
	return nil, unknownNotice(id)
}

// Reading says that somebody of a partner has read notices: nobody else need be told.
type Reading struct {
	Notices []string `json:"notices"`
	Words   string   `json:"words,omitempty"`
}

// maxRead is how many notices one call acknowledges; maxWords, in bytes.
const (
	maxRead  = 1000
	maxWords = 2000
)

// Acknowledge is the draft by which somebody of the caller's partner has read
// notices. Of one that is an alert it acknowledges the alert.
func (s *State) Acknowledge(by access.Principal, r Reading) (ledger.Draft, error) {
	if err := by.CheckPartner("acknowledge notices", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if n := len(r.Notices); n == 0 || n > maxRead {
		return ledger.Draft{}, fmt.Errorf("acknowledge notices: %w: notices: %d are named, 1 to %d are taken", access.ErrInvalid, n, maxRead)
	}
	if err := access.CheckProse("words", r.Words, maxWords, false); err != nil {
		return ledger.Draft{}, fmt.Errorf("acknowledge notices: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, id := range r.Notices {
		if _, err := s.readable(by, id); err != nil {
			return ledger.Draft{}, fmt.Errorf("acknowledge: %w", err)
		}
	}
	return ledger.NewDraft(KindAcknowledged, by.Actor(), own, r)
}

func (s *State) read(e ledger.Entry, r Reading) {
	by := access.Principal{Partner: access.PartnerID(e.Actor)}
	for _, id := range r.Notices {
		it, err := s.ofInbox(by, id)
		if err != nil {
			continue
		}
		s.readBy(it, e.Time)
		if a := s.alerts[it.Alert]; a != nil {
			s.answered(a, it.partner, e.Time, r.Words)
		}
	}
}

// readBy notes that a notice was acknowledged: it climbs no further, and what of it
// waits to be sent is not sent.
func (s *State) readBy(it *item, t time.Time) {
	if !it.read.IsZero() {
		return
	}
	it.read = t
	s.halt(it)
	for _, c := range s.channelsOf[it.partner] {
		s.unpack(c, it, t)
	}
}

// halt has a notice climb no further.
func (s *State) halt(it *item) {
	s.climbs.drop(it.climb)
	it.climb = nil
}
