package web

import (
	"cmp"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// acted is what an entry says, as far as words about it name it.
type acted struct {
	What                                string // a value, a title, a name
	Partner, Client, Person             string // by name
	State, Polarity, Role, Kind, Reason string
	Community, Source, Engine           string
	Count                               int
	On                                  bool
}

// acted picks what words name out of a body.
func (a *auditor) acted(about map[string]any) acted {
	text := func(names ...string) string {
		for _, name := range names {
			if s, is := about[name].(string); is && s != "" {
				return s
			}
		}
		return ""
	}
	partner := func(name string) string {
		if id := text(name); id != "" {
			return a.nameOf(id)
		}
		return ""
	}
	d := acted{
		What:    text("value", "title", "question", "name", "subject", "vulnerability", "source", "headline", "id", "object", "contribution", "action", "case", "duty", "alert", "call"),
		Partner: partner("partner"), Client: partner("client"), State: cmp.Or(text("state"), text("status")), Polarity: text("polarity"), Role: text("role"), Kind: text("kind"),
		Reason: text("reason", "because"), Community: text("community"), Source: text("source"), Engine: text("engine"),
		Person: cmp.Or(text("person"), text("administrator")),
	}
	if person, ok := a.Views.Access.Person(d.Person); ok {
		d.Person = person.Name
	}
	count, _ := about["count"].(float64)
	d.Count = int(count)
	d.On, _ = about["on"].(bool)
	return d
}

// inWords says what happened; a kind that has no words yet is said by its name.
func (a *auditor) inWords(kind ledger.Kind, d acted) string {
	if key, known := auditWords[kind]; known {
		return strings.TrimSpace(english.say(key, d))
	}
	return string(kind)
}

// auditWords are the texts of all kinds of entry.
var auditWords = map[ledger.Kind]string{
	access.KindPartnerJoined: "audit.partner.joined", access.KindPartnerChanged: "audit.partner.changed", access.KindPartnerLeft: "audit.partner.left",
	"partner.quarantined": "audit.partner.quarantined", "partner.assets": "audit.partner.assets",
	access.KindTokenIssued: "audit.token.issued", access.KindTokenRevoked: "audit.token.revoked", access.KindTokenRefused: "audit.token.refused",
	access.KindCommunityCreated: "audit.community.created", access.KindCommunityJoined: "audit.community.joined", access.KindCommunityLeft: "audit.community.left",
	access.KindClientListed: "audit.client.listed", access.KindClientUnlisted: "audit.client.unlisted",
	access.KindCollectionCreated: "audit.collection.created", access.KindCollectionRemoved: "audit.collection.removed",
	access.KindPersonJoined: "audit.person.joined", access.KindPersonInvited: "audit.person.invited", access.KindPersonChanged: "audit.person.changed",
	access.KindPersonLeft: "audit.person.left", access.KindPersonErased: "audit.person.erased", access.KindPersonCredential: "audit.person.credential", access.KindCredentialRemoved: "audit.credential.removed",
	access.KindClaimed: "audit.administration.claimed", access.KindClaimRefused: "audit.administration.refused",
	access.KindSignInSucceeded: "audit.signin.succeeded", access.KindSignInFailed: "audit.signin.failed", access.KindSignInLocked: "audit.signin.locked", access.KindSignInEnded: "audit.signin.ended",
	"contribution.accepted": "audit.contribution.accepted", "contribution.tightened": "audit.contribution.tightened", "contribution.erased": "audit.contribution.erased", "contribution.reported": "audit.contribution.reported",
	"sighting.reported": "audit.sighting.reported", "source.pulled": "audit.source.pulled", "hub.followed": "audit.hub.followed", "outlet.connected": "audit.outlet.connected", "request.keyed": "audit.request.keyed",
	"protection.decided": "audit.protection.decided", "protection.refused": "audit.protection.refused", "protection.recall-proposed": "audit.protection.recall-proposed", "protection.receipt": "audit.protection.receipt", "automation.stopped": "audit.automation.stopped",
	"outbreak.raised": "audit.outbreak.raised", "outbreak.grown": "audit.outbreak.grown", "outbreak.merged": "audit.outbreak.merged", "outbreak.ended": "audit.outbreak.ended", "outbreak.word": "audit.outbreak.word",
	"action.opened": "audit.action.opened", "action.approved": "audit.action.approved", "action.refused": "audit.action.refused", "action.committed": "audit.action.committed", "action.done": "audit.action.done",
	"action.contested": "audit.action.contested", "action.contest-withdrawn": "audit.action.contest-withdrawn", "action.rolled-back": "audit.action.rolled-back", "action.cancelled": "audit.action.cancelled",
	"action.deadline-moved": "audit.action.deadline-moved", "action.owner-offered": "audit.action.owner-offered", "action.owner-accepted": "audit.action.owner-accepted", "action.owner-declined": "audit.action.owner-declined", "action.overdue": "audit.action.overdue",
	"call.opened": "audit.call.opened", "call.answered": "audit.call.answered", "call.closed": "audit.call.closed", "skills.declared": "audit.skills.declared", "template.set": "audit.template.set",
	"accountability.explained": "audit.accountability.explained", "accountability.shared": "audit.accountability.shared",
	"case.opened": "audit.case.opened", "case.hypothesis": "audit.case.hypothesis", "case.evidence": "audit.case.evidence", "case.mark": "audit.case.mark", "case.rating": "audit.case.rating", "case.committed": "audit.case.committed",
	"case.round": "audit.case.round", "case.revealed": "audit.case.revealed", "case.statement": "audit.case.statement", "case.vote": "audit.case.vote", "case.published": "audit.case.published", "case.reply": "audit.case.reply",
	"case.unsealed": "audit.case.unsealed", "case.sealed": "audit.case.sealed", "key.acted": "audit.key.acted",
	"publiclog.appended": "audit.publiclog.appended", "publiclog.cosigned": "audit.publiclog.cosigned",
	"exposure.reported": "audit.exposure.reported", "exposure.shared": "audit.exposure.shared", "exposure.known": "audit.exposure.known",
	"impact.reported": "audit.impact.reported", "impact.shared": "audit.impact.shared", "ransom.reported": "audit.ransom.reported",
	"duty.opened": "audit.duty.opened", "duty.submitted": "audit.duty.submitted", "duty.waived": "audit.duty.waived", "duty.handled": "audit.duty.handled", "duty.shared": "audit.duty.shared", "duty.closed": "audit.duty.closed", "duty.warned": "audit.duty.warned",
	"alert.issued": "audit.alert.issued", "alert.acknowledged": "audit.alert.acknowledged", "alert.withdrawn": "audit.alert.withdrawn",
	"notice.raised": "audit.notice.raised", "notice.acknowledged": "audit.notice.acknowledged", "notice.escalated": "audit.notice.escalated", "notice.sent": "audit.notice.sent", "notice.failed": "audit.notice.failed",
	"channel.added": "audit.channel.added", "channel.removed": "audit.channel.removed", "channel.tested": "audit.channel.tested", "escalation.set": "audit.escalation.set",
}
