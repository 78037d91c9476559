package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// limit is how often something may be done within an hour and within a day.
type limit struct{ hourly, daily int }

// What a partner may do with its channels, whichever they are: nobody confirms that an
// address wants to be told, so what is removed and added again counts on.
var (
	addsOfPartner  = limit{maxChannels, 2 * maxChannels}
	testsOfPartner = limit{20, 60}
	testsOfTarget  = limit{10, 20} // of all partners together
)

// often is when things were done within a day, by who did them or to whom.
type often map[string][]time.Time

// reached says whether as much was done by now as the limit lets.
func (o often) reached(who string, l limit, now time.Time) bool {
	hourly, daily := 0, 0
	for _, at := range o[who] {
		if now.Sub(at) < time.Hour {
			hourly++
		}
		if now.Sub(at) < 24*time.Hour {
			daily++
		}
	}
	return hourly >= l.hourly || daily >= l.daily
}

// note notes that it was done once more. Whoever did nothing for a day is forgotten.
func (o often) note(who string, t time.Time) {
	old := func(at time.Time) bool { return t.Sub(at) >= 24*time.Hour }
	if o[who] == nil {
		for other, list := range o {
			if old(list[len(list)-1]) {
				delete(o, other)
			}
		}
	}
	o[who] = append(slices.DeleteFunc(o[who], old), t)
}

// goes is where a channel leads to, the same however it is written.
func (c *Channel) goes() string {
	target := c.Target
	if c.Kind == Mail {
		target = strings.ToLower(target)
	}
	return string(c.Kind) + " " + target + " " + c.Room
}

// ways is how a partner's notices went to a target within the hour, which a channel
// that is removed leaves to the one that is added for the same target.
type ways map[string][3]hour

func way(partner access.PartnerID, c *Channel) string { return string(partner) + " " + c.goes() }

// leave keeps what a channel that is removed was told. Hours that are over are forgotten.
func (w ways) leave(c *channel, t time.Time) {
	over := func(h hour) bool { return h.over(t) }
	for other, hours := range w {
		if !slices.ContainsFunc(hours[:], func(h hour) bool { return !over(h) }) {
			delete(w, other)
		}
	}
	w[way(c.Partner, &c.Channel)] = c.hours
}
