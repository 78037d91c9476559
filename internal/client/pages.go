package client

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Pages yields the items of the list at an API path such as "/partners", page by
// page; member is the list's name in the hub's answers, such as "partners". An
// error ends it.
func Pages[T any](ctx context.Context, c *Client, path, member string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		place, query, _ := strings.Cut(path, "?")
		parameters, err := url.ParseQuery(query)
		if err != nil {
			yield(none, fmt.Errorf("%s: %w", path, err))
			return
		}
		for {
			var answer map[string]jsontext.Value
			if err := c.Get(ctx, path, &answer); err != nil {
				yield(none, err)
				return
			}
			var list []T
			var more string
			for name, into := range map[string]any{member: &list, "more": &more} {
				if text, there := answer[name]; there {
					if err := json.Unmarshal(text, into); err != nil {
						yield(none, fmt.Errorf("GET %s: read the hub's answer: %s: %w", path, name, err))
						return
					}
				}
			}
			for _, one := range list {
				if !yield(one, nil) {
					return
				}
			}
			if more == "" {
				return
			}
			if more == parameters.Get("after") {
				yield(none, fmt.Errorf("GET %s: the hub's answer leads to itself", path))
				return
			}
			parameters.Set("after", more)
			path = place + "?" + parameters.Encode()
		}
	}
}

// Collect reads the whole list at an API path into all.
func Collect[T any](ctx context.Context, c *Client, path, member string, all *[]T) error {
	*all = []T{}
	for one, err := range Pages[T](ctx, c, path, member) {
		if err != nil {
			return err
		}
		*all = append(*all, one)
	}
	return nil
}
