package taxii

import (
	"context"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// page asks for the page at a cursor and gives out its objects.
func (r *run) page(ctx context.Context, at Cursor) (end pageEnd, err error) {
	before := r.given
	err = r.client.do(ctx, call{method: http.MethodGet, target: r.url(at), read: func(header http.Header, in *incoming) error {
		now := given{same: true}
		envelope, err := readPage(in, r.list, r.kind, func(_ int, raw jsontext.Value) error {
			if now.add(raw, before) {
				return nil
			}
			if err := r.Object(raw); err != nil {
				return &stopped{err}
			}
			return nil
		})
		if err != nil {
			now.same = false
			if now.count >= before.count || before.whole {
				before = now
			}
			r.given = now
			return err
		}
		now.whole = true
		now.same = now.same && before.whole && now.count == before.count && now.count > 0
		r.given = now
		end = pageEnd{more: envelope.More, next: envelope.Next, added: timestampOrNone(header.Get("X-TAXII-Date-Added-Last"))}
		return nil
	}})
	return end, err
}

// url is where the page at a cursor is. The filters go with every next.
func (r *run) url(at Cursor) string {
	filter := r.Filter
	filter.AddedAfter = at.AddedAfter
	query := filter.Query()
	if at.Next != "" {
		query.Set("next", at.Next)
	}
	limit := r.client.PageSize
	if r.limit > 0 {
		limit = r.limit
	}
	if limit > 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	if len(query) == 0 {
		return r.target
	}
	return r.target + "?" + query.Encode()
}
