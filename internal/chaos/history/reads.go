package history

import (
	"cmp"
	"slices"
)

// sessionKey is a key as one session knows it.
type sessionKey struct{ session, key string }

// reads judges versions of keys.
func (c *checker) reads() {
	own, all := map[sessionKey][]ack{}, map[string][]ack{}
	sent := map[string]map[int]Moment{}
	for _, w := range c.h.Writes {
		if w.Key == "" {
			continue
		}
		if sent[w.Key] == nil {
			sent[w.Key] = map[int]Moment{}
		}
		sent[w.Key][w.Version] = w.Invoked
		if w.Acked > 0 {
			k := sessionKey{w.Session, w.Key}
			own[k] = append(own[k], ack{w.Acked, w.Version})
			all[w.Key] = append(all[w.Key], ack{w.Acked, w.Version})
		}
	}
	for _, acks := range own {
		settle(acks)
	}
	for _, acks := range all {
		settle(acks)
	}
	seen := map[sessionKey]Read{}
	for _, r := range c.h.Reads {
		k := sessionKey{r.Session, r.Key}
		if at, known := sent[r.Key][r.Version]; r.Version > 0 && (!known || at > r.Answered) {
			c.broken(Invented, "%s read version %d of %s, which nobody had written", r.Session, r.Version, r.Key)
		}
		if before := seen[k]; before.Version > r.Version {
			c.broken(Back, "%s read version %d of %s, and then version %d", r.Session, before.Version, r.Key, r.Version)
		} else {
			seen[k] = r
		}
		if due := knownAt(own[k], r.Invoked); r.Version < due {
			c.broken(Stale, "%s read version %d of %s after its own version %d was acknowledged", r.Session, r.Version, r.Key, due)
		}
		if due := knownAt(all[r.Key], r.Invoked); r.Fresh && r.Version < due {
			c.broken(Stale, "%s read version %d of %s after version %d was acknowledged", r.Session, r.Version, r.Key, due)
		}
	}
}

// ack is that a version was acknowledged.
type ack struct {
	at      Moment
	version int
}

// settle sorts acknowledgements by time and has each name the latest version up to it.
func settle(acks []ack) {
	slices.SortFunc(acks, func(a, b ack) int { return cmp.Compare(a.at, b.at) })
	latest := 0
	for i := range acks {
		latest = max(latest, acks[i].version)
		acks[i].version = latest
	}
}

// knownAt is the latest version that was acknowledged before the moment.
func knownAt(acks []ack, at Moment) int {
	i, _ := slices.BinarySearchFunc(acks, at, func(a ack, m Moment) int { return cmp.Compare(a.at, m) })
	if i == 0 {
		return 0
	}
	return acks[i-1].version
}
