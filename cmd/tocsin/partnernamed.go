package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
)

// isPartnerID says whether a text is written as the id of a partner.
func isPartnerID(text string) bool { return strings.HasPrefix(text, "identity--") }

// partnerNamed is the partner whose id or exact name a text is. Of an id nothing is
// asked: the hub says whether there is such a partner. The empty text is nobody.
func partnerNamed(ctx context.Context, hub *client.Client, text string) (access.PartnerID, error) {
	list, err := partnersNamed(ctx, hub, text)
	if err != nil {
		return "", err
	}
	return list[0], nil
}

// partnersNamed are the partners whose ids or exact names the texts are.
func partnersNamed[S ~string](ctx context.Context, hub *client.Client, texts ...S) ([]access.PartnerID, error) {
	list := make([]access.PartnerID, len(texts))
	var known []access.Partner
	for i, text := range texts {
		list[i] = access.PartnerID(text)
		if text == "" || isPartnerID(string(text)) {
			continue
		}
		if known == nil {
			var err error
			if known, err = partnersAt(ctx, hub); err != nil {
				return nil, err
			}
		}
		id, err := nameAmong(known, string(text))
		if err != nil {
			return nil, err
		}
		list[i] = id
	}
	return list, nil
}

func partnersAt(ctx context.Context, hub *client.Client) ([]access.Partner, error) {
	list := []access.Partner{}
	return list, client.Collect(ctx, hub, "/partners", "partners", &list)
}

// nameAmong is the id of the one partner of a name.
func nameAmong(known []access.Partner, name string) (id access.PartnerID, err error) {
	for _, p := range known {
		if p.Name != name {
			continue
		}
		if id != "" {
			return "", fmt.Errorf("more than one partner is called %q: give the id, such as %s or %s", name, id, p.ID)
		}
		id = p.ID
	}
	if id == "" {
		return "", fmt.Errorf("no partner has the name or id %q: tocsin partner list has them", name)
	}
	return id, nil
}

// askedOf replaces partners' names among those of whom something is asked by their
// ids. A word that can be a group, such as healthcare, country:GB, stays one, unless
// it is the name of a partner and no partner's sector.
func askedOf(ctx context.Context, hub *client.Client, asked []string) ([]string, error) {
	isID := func(s string) bool { return isPartnerID(s) || strings.Contains(s, ":") }
	if !slices.ContainsFunc(asked, func(s string) bool { return !isID(s) }) {
		return asked, nil
	}
	known, err := partnersAt(ctx, hub)
	if err != nil {
		return nil, err
	}
	list := slices.Clone(asked)
	for i, text := range asked {
		sector := slices.ContainsFunc(known, func(p access.Partner) bool { return p.Sector == text })
		named := slices.ContainsFunc(known, func(p access.Partner) bool { return p.Name == text })
		word := strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
		if isID(text) || sector || word && !named {
			continue
		}
		id, err := nameAmong(known, text)
		if err != nil {
			return nil, fmt.Errorf("--asked-of: %w", err)
		}
		list[i] = string(id)
	}
	return list, nil
}

// reachesNobody warns of what was asked of somebody, and of nobody that is there.
func reachesNobody(env *environment, what string, asked ...string) {
	fmt.Fprintf(env.Stderr, "Warning: %s reaches nobody: no partner matches %s and may see it\n", what, strings.Join(asked, ", "))
}
