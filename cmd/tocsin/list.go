package main

import (
	"text/tabwriter"

	"github.com/tocsin-project/tocsin/internal/client"
)

// printList prints a list of the hub's, page after page: as JSON under the member's
// name, or what line writes of each.
func printList[T any](env *environment, flags hubFlags, path, member string, asJSON bool, line func(*tabwriter.Writer, T)) error {
	hub, err := flags.client()
	if err != nil {
		return err
	}
	var list []T
	if err := client.Collect(env.Context, hub, path, member, &list); err != nil {
		return err
	}
	if asJSON {
		return env.printJSON(map[string][]T{member: list})
	}
	t := env.table()
	for _, one := range list {
		line(t, one)
	}
	return t.Flush()
}
