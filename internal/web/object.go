package web

import (
	"cmp"
	"html/template"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/stix"
)

// objectView is one object and what it is related to.
type objectView struct {
	catalog.Object
	Description string
	Aliases     []string
	ExternalIDs []string
	Who         []relationGroup // who is behind it or uses it: what is asked first
	Groups      []relationGroup // the rest
	Newest      bool            // there are more relations: these are those added last
	Picture     template.HTML
	Said        []saidBy
	MoreSaid    bool
	Values      []valueSeen
	Seen        template.HTML // when its values were seen
	References  []externalReference
	JSON        string
	Cut         bool // there is more of it than a page has
}

// saidBy is that a partner shared a version.
type saidBy struct {
	catalog.Word
	Name string
}

// externalReference is where else it is written of. Nothing of it is loaded.
type externalReference struct {
	Source      string `json:"source_name"`
	ID          string `json:"external_id"`
	URL         string `json:"url"`
	Description string `json:"description"`
}

const (
	maxSaid       = 20
	maxReferences = 20
	maxAliases    = 20       // aliases, and ids elsewhere
	maxJSON       = 24 << 10 // bytes
	maxPicture    = 34       // cards of an object's small picture
)

func (p *pages) object(r reading) (content, error) {
	o, err := p.Views.Catalog.Object(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return content{}, err
	}
	related, more, err := p.Views.Catalog.Relations(r.Context(), r.who, o.ID)
	if err != nil {
		return content{}, err
	}
	head, err := stix.ParseHeader(o.Raw)
	if err != nil {
		return content{}, err
	}
	v := objectView{Object: o, Description: readable(head.Description), Newest: more, References: references(o.Raw)}
	v.JSON, v.Cut = indented(o.Raw, maxJSON)
	v.Aliases = slices.DeleteFunc(slices.Clone(head.Aliases), func(alias string) bool { return alias == o.Name })
	v.Aliases = v.Aliases[:min(len(v.Aliases), maxAliases)]
	v.ExternalIDs = head.ExternalIDs[:min(len(head.ExternalIDs), maxAliases)]
	v.Who, v.Groups = group(related)
	v.Picture = neighbours(o, related, more)
	if v.Said, v.MoreSaid, err = p.saidOf(r, o.ID); err != nil {
		return content{}, err
	}
	if v.Values, v.Seen, err = p.valuesOf(r, o, head); err != nil {
		return content{}, err
	}
	return content{"object", shorten(cmp.Or(o.Name, o.ID), maxTitle), "/search", v}, nil
}

const maxTitle = 120

func (p *pages) saidOf(r reading, id string) (list []saidBy, more bool, err error) {
	words, more, err := p.Views.Catalog.Said(r.Context(), r.who, id, maxSaid)
	for _, w := range words {
		name := english.say("knowledge.hub", nil)
		if w.Owner != access.Hub {
			name = p.nameOf(string(w.Owner))
		}
		list = append(list, saidBy{w, name})
	}
	return list, more, err
}

// references are the external references of an object, the first of them.
func references(raw jsontext.Value) []externalReference {
	var o struct {
		References []externalReference `json:"external_references"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return o.References[:min(len(o.References), maxReferences)]
}
