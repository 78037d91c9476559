package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// channelsView is how the reader's partner is told, and whether it works.
type channelsView struct {
	tried
	Done       string
	Partner    string         // "": the reader may not see it
	Added      notice.Channel // just now, with its secret
	List       []notice.ChannelStatus
	Steps      []rungView
	Kinds      []notice.ChannelKind
	Topics     []notice.Topic
	Severities []notice.Severity
}

// rungView is a step of the escalation with the names of its channels.
type rungView struct {
	After    notice.Span
	Channels []string
}

var channelDone = map[string]string{
	"added":   english.say("telling.done.channel.added", nil),
	"tested":  english.say("telling.done.channel.tested", nil),
	"removed": english.say("telling.done.channel.removed", nil),
}

func (p *pages) channels(r reading, added notice.Channel) (content, error) {
	v := channelsView{tried: r.tried, Done: said(r, channelDone), Added: added, Kinds: notice.ChannelKinds(), Topics: notice.Topics(), Severities: notice.Severities()}
	if added.ID != "" {
		v.tried = tried{} // it was taken
	}
	if r.may() {
		v.Partner, v.List = p.nameOf(string(r.who.Partner)), p.Views.Notices.Channels(r.who)
		acts := []string{"add"}
		for _, c := range v.List {
			acts = append(acts, "test "+c.ID, "remove "+c.ID)
		}
		v.tried = v.tried.among(acts...)
		for _, rung := range p.Views.Notices.LadderOf(r.who).Steps {
			step := rungView{After: rung.After}
			for _, id := range rung.Channels {
				step.Channels = append(step.Channels, channelName(v.List, id))
			}
			v.Steps = append(v.Steps, step)
		}
	}
	return content{"channels", "Channels", "/channels", v}, nil
}

func channelName(list []notice.ChannelStatus, id string) string {
	for _, c := range list {
		if c.ID == id {
			return strings.TrimSpace(c.Name + " (" + string(c.Kind) + ")")
		}
	}
	return english.say("telling.channels.removed", nil)
}

// changeChannels adds, tests and removes channels. A webhook's secret is on the page
// that answers its form, and nowhere after it: therefore there is no redirect.
func (p *pages) changeChannels(w http.ResponseWriter, request *http.Request) {
	var added notice.Channel
	p.act(func(r reading) (content, error) { return p.channels(r, added) }, func(r reading, act string) (string, error) {
		what, id, _ := strings.Cut(act, " ")
		switch what {
		case "add":
			c, err := p.addChannel(r)
			if err != nil || c.Kind != notice.Webhook {
				return "/channels?done=added", err
			}
			added = c
			return "", nil
		case "test":
			draft, err := p.Views.Notices.TestChannel(r.who, id, p.Clock())
			return "/channels?done=tested", p.append(r, draft, err)
		case "remove":
			draft, err := p.Views.Notices.RemoveChannel(r.who, id)
			return "/channels?done=removed", p.append(r, draft, err)
		}
		return "", unknownAct(act)
	})(w, request)
}

func (p *pages) addChannel(r reading) (notice.Channel, error) {
	form := func(field string) string { return strings.TrimSpace(r.PostForm.Get(field)) }
	asked := notice.Channel{
		Name: form("name"), Kind: notice.ChannelKind(form("kind")), Target: form("target"), Room: form("room"), Secret: form("secret"),
		MinSeverity: notice.Severity(form("severity")), Standby: form("standby") != "",
	}
	for _, topic := range r.PostForm["topic"] {
		asked.Topics = append(asked.Topics, notice.Topic(topic))
	}
	if err := asked.Digest.UnmarshalText([]byte(form("digest"))); err != nil {
		return asked, fmt.Errorf("%w: digest: write it like 1h, or leave it empty to be told at once: %w", access.ErrInvalid, err)
	}
	if quiet := (notice.Quiet{From: form("from"), Until: form("until"), Zone: form("zone")}); quiet.From+quiet.Until != "" {
		asked.Quiet = &quiet
	}
	channel, draft, err := p.Views.Notices.AddChannel(r.who, asked, p.Clock())
	if err == nil && p.Channel != nil {
		err = p.Channel(r.Context(), channel)
	}
	return channel, p.append(r, draft, err)
}
