package views

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
)

// Submission is how a text is to be taken that somebody contributes, as options say
// it: those of intake.Options, and
//
//	tlp         the marking of what carries none; green if not given
//	community   whose members the community are; the default one if not given
//	recipients  with TLP:RED, partner ids with commas between them
//	per_object  true: what is valid is taken, and the rest reported
//
// Whoever may not contribute is access.ErrForbidden, and what cannot be meant
// access.ErrInvalid.
func (v *Views) Submission(who access.Principal, options url.Values) (s intake.Submission, err error) {
	s.Partner = access.PartnerID(who.Actor())
	if !who.AtLeast(access.Contributor) {
		return s, fmt.Errorf("%w: this needs the role contributor, the token has %s", access.ErrForbidden, who.Role)
	}
	if err := s.Declare(options); err != nil {
		return s, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	if s.Format == intake.CSV && s.Mapping == nil {
		return s, fmt.Errorf("%w: columns: a table needs a declaration of its columns, such as host:domain,seen:timestamp,,note:description", access.ErrInvalid)
	}
	switch each := options.Get("per_object"); each {
	case "", "false":
	case "true":
		s.PerObject = true
	default:
		return s, fmt.Errorf("%w: per_object: %.40q is neither true nor false", access.ErrInvalid, each)
	}
	if s.Audience, err = v.audienceOf(who, options); err != nil {
		return s, err
	}
	for group, community := range s.SharingGroups {
		if err := v.Access.CheckAudience(who, access.Audience{TLP: access.Green, Community: community}); err != nil {
			return s, fmt.Errorf("sharing_groups: %s: %w", group, err)
		}
	}
	return s, nil
}

// audienceOf is who is told of what carries no marking of its own.
func (v *Views) audienceOf(who access.Principal, options url.Values) (to access.Audience, err error) {
	to = access.ToCommunity(access.Green)
	if tlp := options.Get("tlp"); tlp != "" {
		if to.TLP, err = access.ParseTLP(tlp); err != nil {
			return to, fmt.Errorf("%w: tlp: %w", access.ErrInvalid, err)
		}
	}
	if community := options.Get("community"); community != "" {
		to.Community = community
	}
	for id := range strings.SplitSeq(options.Get("recipients"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			to.Recipients = append(to.Recipients, access.PartnerID(id))
		}
	}
	return to, v.Access.CheckAudience(who, to)
}

// Preview says what would become of a submission, as intake.Preview does, within
// the memory that there is for all that are read.
func (v *Views) Preview(ctx context.Context, text io.Reader, s intake.Submission) (intake.Shown, error) {
	r := &reading{room: v.reading}
	defer r.done()
	s.Key, s.Reserve = v.key, r.reserve
	return intake.Preview(ctx, text, s)
}
