package deliver

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// Event is what a webhook sends (Standard Webhooks, Payload structure).
type Event struct {
	Type      string    `json:"type"` // "notice." and the topic, or "notice.digest"
	Timestamp time.Time `json:"timestamp"`
	Data      EventData `json:"data"`
}

// EventData is what an event is about.
type EventData struct {
	Partner access.PartnerID `json:"partner"`
	Notices []notice.Notice  `json:"notices"`        // links are whole URLs
	More    int              `json:"more,omitempty"` // that wait at the hub
}

// pack makes the parcel of a delivery. It is the same at every attempt.
func pack(d notice.Due, hub string) (Parcel, error) {
	if len(d.Notices) == 0 {
		return Parcel{}, fmt.Errorf("delivery %s holds no notice", d.Key)
	}
	event := Event{Type: "notice.digest", Data: EventData{Partner: d.Channel.Partner, More: d.More}}
	if len(d.Notices) == 1 && d.More == 0 {
		event.Type = "notice." + string(d.Notices[0].Topic)
	}
	for _, n := range d.Notices {
		if n.Link != "" {
			n.Link = hub + n.Link
		}
		if n.At.After(event.Timestamp) {
			event.Timestamp = n.At
		}
		event.Data.Notices = append(event.Data.Notices, n)
	}
	data, err := json.Marshal(event)
	return Parcel{
		Key: d.Key, Target: d.Channel.Target, Room: d.Channel.Room, Secret: d.Channel.Secret, Partner: d.Channel.Partner, At: event.Timestamp,
		Subject: subject(event.Data), Text: text(event.Data), Data: data,
	}, err
}

// subject is one line: marking, severity, title. The marking of a digest is the
// narrowest of its notices, its severity their highest.
func subject(e EventData) string {
	first := e.Notices[0]
	if len(e.Notices) == 1 && e.More == 0 {
		return clean(fmt.Sprintf("%s %s: %s", notice.Label(first.TLP), first.Severity, bare(first)), maxSubject)
	}
	severity, level := first.Severity, first.TLP
	for _, n := range e.Notices[1:] {
		level = access.Narrower(level, n.TLP)
		if n.Severity.AtLeast(severity) {
			severity = n.Severity
		}
	}
	return fmt.Sprintf("%s %s: %d notices", notice.Label(level), severity, len(e.Notices)+e.More)
}

// bare is a notice's title without its marking, and without its severity where it
// begins with that.
func bare(n notice.Notice) string {
	title := strings.TrimSpace(strings.TrimPrefix(n.Title, notice.Label(n.TLP)))
	return strings.TrimPrefix(title, string(n.Severity)+": ")
}

// text is what a person reads.
func text(e EventData) string {
	var b strings.Builder
	for i, n := range e.Notices {
		if i > 0 {
			b.WriteString("\n* * *\n\n")
		}
		fmt.Fprintf(&b, "%s\n%s, %s, %s\n", clean(n.Title, maxSubject), n.Severity, n.Topic, n.At.UTC().Format("2006-01-02 15:04:05 UTC"))
		if n.Text != "" {
			b.WriteString("\n" + strings.TrimSpace(lines(n.Text)) + "\n")
		}
		if n.Link != "" {
			b.WriteString("\n" + clean(n.Link, maxInText) + "\n")
		}
		if n.NeedsAck {
			fmt.Fprintf(&b, "Somebody has to acknowledge it, there or by: tocsin notice ack %s\n", n.ID)
		}
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n%d more wait at the hub.\n", e.More)
	}
	return b.String()
}
