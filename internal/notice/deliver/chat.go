package deliver

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
)

const maxChat = 12_000 // bytes of one message: what Slack, Mattermost and Matrix all take

// slack sends as the incoming webhooks of Slack take it, and those of Mattermost,
// Rocket.Chat and others. The URL is the secret.
type slack struct{ *poster }

// inert keeps words from being read as mark-up (Slack, Formatting text: Escaping) or
// as a call of everybody in the room.
var inert = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;",
	"@channel", "@\u200bchannel", "@here", "@\u200bhere", "@everyone", "@\u200beveryone", "@all", "@\u200ball")

func (s slack) send(ctx context.Context, p Parcel) error {
	body, err := json.Marshal(struct {
		Text   string `json:"text"`
		Links  bool   `json:"unfurl_links"` // nobody fetches what a notice names
		Media  bool   `json:"unfurl_media"`
		Styled bool   `json:"mrkdwn"`
	}{Text: inert.Replace(p.chat())})
	if err != nil {
		return unsendable(err, "it cannot be written as JSON")
	}
	return s.poster.send(ctx, http.MethodPost, p.Target, http.Header{}, body)
}

// matrix puts an event into a room. The delivery's key is the transaction, so that
// the homeserver takes it once (Matrix 1.11, Client-Server API, section 9.6.2).
type matrix struct{ *poster }

func (m matrix) send(ctx context.Context, p Parcel) error {
	body, err := json.Marshal(struct {
		Type     string   `json:"msgtype"`
		Body     string   `json:"body"`
		Mentions struct{} `json:"m.mentions"` // nobody
	}{Type: "m.notice", Body: p.chat()})
	if err != nil {
		return unsendable(err, "it cannot be written as JSON")
	}
	event := strings.TrimSuffix(p.Target, "/") + "/_matrix/client/v3/rooms/" + url.PathEscape(p.Room) + "/send/m.room.message/" + url.PathEscape(p.Key)
	return m.poster.send(ctx, http.MethodPut, event, http.Header{"Authorization": {"Bearer " + p.Secret}}, body)
}

// chat is the parcel as one message.
func (p Parcel) chat() string { return cut(p.Subject+"\n\n"+p.Text, maxChat) }
