package views

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
)

// AudienceFor is the audience of what somebody does about an outbreak: an action, a
// call, an alert. It is the one wanted, or, if that is the zero Audience, the
// outbreak's own, at TLP:GREEN at the widest. An outbreak that may not be seen is
// access.ErrNotFound, as one that there is not; an audience of which somebody may
// not see the outbreak is access.ErrInvalid, since what is done about an outbreak
// tells of it. Without an outbreak it is the audience wanted.
func (v *Views) AudienceFor(who access.Principal, outbreak string, wanted access.Audience) (access.Audience, error) {
	if outbreak == "" {
		return wanted, nil
	}
	o, known := v.Outbreak.Get(outbreak)
	if !known || !who.MaySee("", o.Audience()) {
		return access.Audience{}, fmt.Errorf("%w: no outbreak has the id %q", access.ErrNotFound, outbreak)
	}
	own := o.Audience()
	if wanted.TLP == "" {
		own.TLP = access.Narrower(own.TLP, access.Green)
		return own, nil
	}
	if wanted.Community == "" && wanted.TLP != access.Red {
		wanted.Community = access.DefaultCommunity
	}
	if !wanted.Within(own) {
		return access.Audience{}, fmt.Errorf("%w: audience: %s is wider than the outbreak's own, %s, of which it would tell: leave the audience out, or choose a narrower one", access.ErrInvalid, wanted, own)
	}
	return wanted, nil
}
