package notice

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxCaused is how many notices of what any contributor can cause one partner causes
// within an hour; what is beyond is told in one.
const maxCaused = 60

// counts are of what each partner did within an hour.
type counts map[string]*hour

// of is somebody's count.
func (c counts) of(who string) *hour {
	if c[who] == nil {
		c[who] = &hour{}
	}
	return c[who]
}

// floods counts a cause and says whether its partner has caused too many. What only
// coordinators cause has limits of its own, and so have tests of one's own channels.
func (s *State) floods(e ledger.Entry, topic Topic) bool {
	if e.Actor == access.Hub || topic == TopicAlert || topic == TopicChannel {
		return false
	}
	return s.caused.of(e.Actor).more(e.Time) > maxCaused
}

// flood has what is told beyond maxCaused told once, when the hour is over. It quotes
// nothing, since it is for all whom any of it was for.
func (s *State) flood(e ledger.Entry, r Raising) {
	h := s.caused.of(e.Actor)
	s.collect(e, alike("flood", e.Actor), h.begun.Add(time.Hour).Sub(e.Time), r.Partners, func(int) Raising {
		return Raising{
			Topic: r.Topic, Severity: Warning, TLP: access.Green,
			Title: line(s.name(access.PartnerID(e.Actor)) + " has caused more notices than are told one by one"),
			Text:  fmt.Sprintf("Of what one partner does %d notices an hour are told. The boards of actions, calls and protections show the rest.", maxCaused),
		}
	})
}

// name is what people call a partner.
func (c *crowd) name(id access.PartnerID) string {
	if p, known := c.dir.Partner(id); known {
		return p.Name
	}
	return string(id)
}
