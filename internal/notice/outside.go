package notice

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Label is a marking as titles and subjects carry it: "[TLP:GREEN]".
func Label(tlp access.TLP) string { return "[TLP:" + strings.ToUpper(string(tlp)) + "]" }

// Outside is the notice as it may leave the hub by a kind of channel. What is
// TLP:AMBER or narrower is for a community's members, and mail servers, chat rooms
// and receivers of webhooks are no members: they are told that there is something,
// how much it matters, how it is marked, and where to read it. A signed file, which
// is carried by hand to where no network is, holds all of it.
func (n Notice) Outside(kind ChannelKind) Notice {
	n.Cause = 0
	if n.TLP == access.Clear || n.TLP == access.Green || kind == File {
		return n
	}
	n.Subject, n.Text = "", ""
	n.Title = fmt.Sprintf("%s %s: %s, to be read at the hub", Label(n.TLP), n.Severity, n.Topic)
	return n
}
