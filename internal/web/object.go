package web

import (
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/stix"
)

// describe reads from an object's bytes what its page shows.
func describe(o catalog.Object) (objectView, error) {
	head, err := stix.ParseHeader(o.Raw)
	if err != nil {
		return objectView{}, err
	}
	return objectView{Object: o, Description: head.Description, Aliases: head.Aliases, ExternalIDs: head.ExternalIDs}, nil
}
