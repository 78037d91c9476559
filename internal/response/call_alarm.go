package response

import (
	"fmt"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// callSpace is the name space of automatic calls (RFC 9562, section 5.5).
var callSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/tocsin-project/tocsin call on alarm"))

// AlarmCall is the id of the call that the hub opens about an outbreak: the same
// in every hub that has its ledger, so that none is opened twice.
func AlarmCall(outbreakID string) CallID {
	return CallID("call--" + uuid.NewSHA1(callSpace, []byte(outbreakID)).String())
}

// alarms is what outbreaks ask of the hub's own calls.
type alarms struct {
	at     map[string]raised       // when each outbreak was raised
	raised map[CallID]ledger.Draft // calls that are to be opened
	ended  map[CallID]string       // why a call is to be closed as soon as it is there
	over   map[CallID]string       // calls that are to be closed, and why
}

// raised is when an outbreak was raised, by the ledger's clock, and who was told of it.
type raised struct {
	time.Time
	audience access.Audience
}

func newAlarms() alarms {
	return alarms{
		at: make(map[string]raised), raised: make(map[CallID]ledger.Draft),
		ended: make(map[CallID]string), over: make(map[CallID]string),
	}
}

// alarm folds the beginning or the end of an outbreak. One that only its evidence's
// owners may know of (TLP:RED) calls nobody: a call would tell.
func (c *calls) alarm(e ledger.Entry, o outbreak.Outbreak) {
	id := AlarmCall(o.ID)
	audience, err := access.ParseAudience(e.Audience)
	if err != nil || o.ID == "" {
		return
	}
	if e.Kind == outbreak.KindRaised {
		if _, again := c.alarms.at[o.ID]; again {
			return
		}
		c.alarms.at[o.ID] = raised{e.Time, audience}
		if _, there := c.byID[id]; !there && c.cfg.CallOnAlarm && audience.TLP != "" && audience.TLP != access.Red {
			c.alarms.raised[id] = mustDraft(KindCallOpened, audience, CallOpening{
				ID: id, Outbreak: o.ID, Title: shortened("Who can help? " + o.Rule),
				Text: "An outbreak was raised. Say what you see and with what you can help: analysis, hashes, takedown, sinkholing, notification.",
			})
		}
		return
	}
	reason := "the outbreak has ended"
	if e.Kind == outbreak.KindMerged {
		reason = "the outbreak goes on as " + o.Into
	}
	if r := c.byID[id]; r != nil && r.closed.IsZero() {
		c.alarms.over[id] = reason
	}
	if _, due := c.alarms.raised[id]; due {
		delete(c.alarms.raised, id)
		c.alarms.ended[id] = reason // its draft may be on its way to the ledger
	}
}

// called notes that a call was opened; closed, that it is so no more.
func (a *alarms) called(id CallID) {
	delete(a.raised, id)
	if reason, ended := a.ended[id]; ended {
		delete(a.ended, id)
		a.over[id] = reason
	}
}

func (a *alarms) closed(id CallID) { delete(a.over, id) }

// shortened makes one line of printable text that fits a title.
func shortened(text string) string {
	var line []rune
	for _, r := range text {
		if len(line) == maxTitle-1 {
			return string(append(line, '…'))
		}
		if unicode.IsPrint(r) {
			line = append(line, r)
		}
	}
	return string(line)
}

// mustDraft is a draft of the hub's.
func mustDraft(kind ledger.Kind, to access.Audience, body any) ledger.Draft {
	d, err := ledger.NewDraft(kind, access.Hub, to.String(), body)
	if err != nil {
		panic(fmt.Sprintf("response: draft %s: %v", kind, err)) // JSON can hold every text and time that was read from it
	}
	return d
}
