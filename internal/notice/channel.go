package notice

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// ChannelKind is a way to tell a partner something.
type ChannelKind string

// The kinds of channel.
const (
	Mail    ChannelKind = "mail"    // SMTP, to an address
	Webhook ChannelKind = "webhook" // Standard Webhooks, to a URL
	Slack   ChannelKind = "slack"   // an incoming webhook as Slack, Mattermost and Rocket.Chat have it
	Matrix  ChannelKind = "matrix"  // a room of a homeserver
	File    ChannelKind = "file"    // signed bundles in a directory of the hub, to be carried
)

// ChannelKinds lists the kinds in the order in which forms offer them.
func ChannelKinds() []ChannelKind { return []ChannelKind{Mail, Webhook, Slack, Matrix, File} }

// Channel is one way to tell one partner something.
type Channel struct {
	ID      string           `json:"id,omitempty"` // "channel--" and a UUID, given by the hub
	Partner access.PartnerID `json:"partner,omitempty"`
	Name    string           `json:"name,omitempty"` // for people
	Kind    ChannelKind      `json:"kind"`
	// Target is where to: the address (mail), the URL (webhook, slack), the homeserver's
	// base URL (matrix), or a word that names the directory (file).
	Target string `json:"target"`
	Room   string `json:"room,omitempty"` // the Matrix room's id, "!..."
	// Secret is a webhook's signing secret, "whsec_" and base64 of 32 bytes (Standard
	// Webhooks), made by the hub and shown once; or the access token of Matrix.
	Secret      string   `json:"secret,omitempty"`
	Topics      []Topic  `json:"topics,omitempty"`       // none: all
	MinSeverity Severity `json:"min_severity,omitempty"` // empty: info
	Quiet       *Quiet   `json:"quiet,omitempty"`
	Digest      Span     `json:"digest,omitzero"` // collected for so long; 0: at once
	// Standby channels are told only what is escalated to them.
	Standby bool      `json:"standby,omitempty"`
	Added   time.Time `json:"added,omitzero"`
	// Verified is when it first took something; zero: it never has.
	Verified time.Time `json:"verified,omitzero"`
}
