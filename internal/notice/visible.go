package notice

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
)

// readable is a notice that its partner may still see.
func (s *State) readable(p access.Principal, id string) (*item, error) {
	it, err := s.ofInbox(p, id)
	if err != nil {
		return nil, err
	}
	if who, _ := s.dir.Reader(p.Partner); !it.visible(who) {
		return nil, unknownNotice(id)
	}
	return it, nil
}

// visible asks the release rule again: what a partner was told of once it may no longer
// see after it left a community, or is nobody's client any more.
func (b *bulletin) visible(who access.Principal) bool {
	return b.Audience.TLP == "" || who.MaySee(b.Owner, b.Audience)
}

func unknownNotice(id string) error {
	return fmt.Errorf("notice: %w: your partner has none with the id %q", access.ErrNotFound, clip(id))
}
