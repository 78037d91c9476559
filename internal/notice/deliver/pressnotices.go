package deliver

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// Notices is what of package notice a press needs.
type Notices interface {
	Inbox(who access.Principal, unacknowledged bool) []notice.Notice
	Alerts(who access.Principal) []notice.AlertStatus
}

// alerts are those that reached the partner and stand, the newest first.
func (p *Press) alerts(who access.Principal) []AlertIn {
	list := []AlertIn{}
	for _, a := range p.views.Notices.Alerts(who) {
		if !a.ForYou || !a.Withdrawn.IsZero() {
			continue
		}
		list = append(list, AlertIn{
			ID: a.ID, Severity: a.Severity, TLP: a.Audience.TLP, Title: a.Title, Text: cut(a.Text, maxInText),
			By: p.name(a.By), Issued: a.At, Acknowledged: a.Your != nil,
		})
	}
	return list
}
