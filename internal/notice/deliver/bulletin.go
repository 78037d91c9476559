package deliver

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// BulletinVersion is the version of the payload's shape.
const BulletinVersion = 1

// Bulletin is what one partner may be told, to be carried there without a network. It
// is for that partner alone. What it holds is as of Made; of two, the one with the
// higher Sequence is the later.
type Bulletin struct {
	Version  int              `json:"version"`
	Hub      string           `json:"hub"` // its URL
	Partner  access.PartnerID `json:"partner"`
	Name     string           `json:"name"` // the partner's
	Sequence int64            `json:"sequence"`
	Made     time.Time        `json:"made"`

	Notices     []notice.Notice `json:"notices"` // not acknowledged, the newest first
	Alerts      []AlertIn       `json:"alerts"`  // that reached it and stand, the newest first
	Calls       []CallIn        `json:"calls"`   // open, and for this partner
	Actions     []ActionIn      `json:"actions"` // asked of it and not answered, or promised and not done
	Protections []ProtectionIn  `json:"protections"`
	// LeftOut is how many of each list the bundle has no room for.
	LeftOut map[string]int `json:"left_out,omitempty"`
}

// AlertIn is an alert in a bulletin.
type AlertIn struct {
	ID       notice.AlertID  `json:"id"`
	Severity notice.Severity `json:"severity"`
	TLP      access.TLP      `json:"tlp"`
	Title    string          `json:"title"`
	Text     string          `json:"text,omitempty"`
	By       string          `json:"by"` // a name
	Issued   time.Time       `json:"issued"`
	// Acknowledged says that somebody of the partner has read it.
	Acknowledged bool `json:"acknowledged,omitempty"`
}

// CallIn is a call for assistance in a bulletin.
type CallIn struct {
	ID       response.CallID `json:"id"`
	TLP      access.TLP      `json:"tlp"`
	Title    string          `json:"title"`
	Text     string          `json:"text,omitempty"`
	By       string          `json:"by"` // a name
	Opened   time.Time       `json:"opened"`
	Deadline time.Time       `json:"deadline,omitzero"`
}

// ActionIn is an action in a bulletin.
type ActionIn struct {
	ID       response.ActionID `json:"id"`
	Kind     response.Kind     `json:"kind"`
	Title    string            `json:"title"`
	By       string            `json:"by"` // a name
	Promised bool              `json:"promised,omitempty"`
	Deadline time.Time         `json:"deadline,omitzero"`
}

// ProtectionIn is a protection in a bulletin. A name that must resolve is never to be
// blocked, whatever blocks the list holds beside.
type ProtectionIn struct {
	observable.Value
	Exact    bool             `json:"exact,omitempty"` // of a name: without those below it
	Polarity protect.Polarity `json:"polarity"`
	Answer   string           `json:"answer,omitempty"` // must-resolve: with what
	TLP      access.TLP       `json:"tlp"`
	Reason   string           `json:"reason,omitempty"`
	Expires  time.Time        `json:"expires"`
}

// What a bundle holds at most of each.
const (
	maxIn            = 500
	maxInProtections = 5000
	maxInText        = 4000 // bytes of one text
)

// shorten leaves a list as long as a bundle has room for.
func shorten[T any](b *Bulletin, what string, list []T, most int) []T {
	if len(list) <= most {
		return list
	}
	if b.LeftOut == nil {
		b.LeftOut = map[string]int{}
	}
	b.LeftOut[what] += len(list) - most
	return list[:most]
}

// protections are those in force that the partner is released, names that must
// resolve first, then the newest. What is held for canary partners is theirs alone.
func protections(s *protect.State, who access.Principal, canary bool, now time.Time) []ProtectionIn {
	in := s.EffectiveFor(who, now)
	in = slices.DeleteFunc(in, func(d protect.Decision) bool { return d.Status == protect.Canary && !canary })
	rank := func(d protect.Decision) int {
		if d.Polarity == protect.MustResolve {
			return 0
		}
		return 1
	}
	slices.Reverse(in)
	slices.SortStableFunc(in, func(a, b protect.Decision) int { return cmp.Compare(rank(a), rank(b)) })
	list := make([]ProtectionIn, len(in))
	for i, d := range in {
		list[i] = ProtectionIn{
			Value: d.Value, Exact: d.Exact, Polarity: d.Polarity, Answer: d.Answer,
			TLP: cmp.Or(d.TLP, access.Green), Reason: cut(d.Reason, maxInText), Expires: d.Expires,
		}
	}
	return list
}
