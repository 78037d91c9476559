package mispfeed

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/misp"
)

// groupKey names what one partner shared on one day at one level.
type groupKey struct {
	owner access.PartnerID
	day   string // UTC, as time.DateOnly
	level access.TLP
}

// namespace of the UUIDs of events that no report is behind.
var namespace = uuid.MustParse("0b5dc0a4-6f6e-5c52-9a3c-2f7f3b1d8e64")

// loose puts an object that nothing names into an event of its partner's day.
func (ix *index) loose(o *catalog.Object, own uint64) {
	i, ok := identOf(o.Type, o.ID)
	if !ok || int(i.of) >= looseTypes || fromMISP(o.Raw) {
		return
	}
	for range ix.within.of(own) {
		return
	}
	at := o.Added.UnixMicro()
	key := groupKey{o.Owner, o.Added.UTC().Format(time.DateOnly), o.Audience.TLP}
	e := ix.groups[key]
	if e == nil || len(e.ids) >= ix.limit.perEvent {
		part := 1
		if e != nil {
			part = e.part + 1
		}
		e = &event{owner: key.owner, day: key.day, level: key.level, part: part, foreign: true, stamps: stamps{first: at}}
		e.uuid = uuid.NewSHA1(namespace, []byte(string(key.owner)+"\n"+key.day+"\n"+string(key.level)+"\n"+strconv.Itoa(part))).String()
		ix.groups[key], ix.events[e.uuid] = e, e
	}
	n := ix.box(ix.within.hash(e.uuid), box{event: e, added: at})
	ix.within.add(own, n)
	e.ids, e.recent = append(e.ids, i), at
	ix.change(e, at)
}

// named says whether a report names an object.
func (ix *index) named(hash uint64) bool {
	for n := range ix.within.of(hash) {
		if e := ix.boxes[n].event; e == nil || e.id != "" {
			return true
		}
	}
	return false
}

// left is what of an event's objects no report names by now.
func (ix *index) left(e *event) []string {
	var ids []string
	for _, i := range e.ids {
		if id := i.String(); !ix.named(ix.within.hash(id)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// origin is who makes an event whose objects do not say: the partner that
// shared them.
func (ix *index) origin(e *event) misp.Origin {
	from := misp.Origin{OrgName: "Tocsin", OrgUUID: namespace.String()}
	if e.owner != access.Hub {
		p, _ := ix.views.Access.Partner(e.owner)
		from.OrgName, from.OrgUUID = p.Name, string(e.owner[max(0, len(e.owner)-36):])
	}
	if e.id != "" {
		return from // the event is its report's
	}
	from.UUID, from.Info = e.uuid, fmt.Sprintf("STIX objects that %s shared on %s", from.OrgName, e.day)
	if e.part > 1 {
		from.Info += fmt.Sprintf(", part %d", e.part)
	}
	return from
}
