package catalog_test

import (
	"bytes"
	"cmp"
	"context"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
)

// pages reads to the end, in pages of a random size, now and then going on by
// date instead of by place, and has each page also as its bytes.
func pages(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, q catalog.PageQuery) (raw []string) {
	q.Limit, q.Bytes = rapid.IntRange(1, 5).Draw(r, "limit"), rapid.SampledFrom([]int{0, 1, 300}).Draw(r, "bytes")
	added := time.Time{}
	for {
		page, err := c.Page(ctx, p, q)
		if err != nil || page.More && len(page.Objects) == 0 || len(page.Objects) > q.Limit {
			r.Fatalf("page %+v has %d objects, more %v, %v", q, len(page.Objects), page.More, err)
		}
		var onPage []string
		for _, o := range page.Objects {
			onPage = append(onPage, string(o.Raw))
			if !o.Added.After(added) {
				r.Fatalf("added at %s, after one at %s", o.Added, added)
			}
			added = o.Added
		}
		checkBody(ctx, r, c, p, q, page)
		raw = append(raw, onPage...)
		if !page.More {
			return raw
		}
		q.After, q.AddedAfter = page.Next, time.Time{}
		if rapid.Bool().Draw(r, "by date") {
			q.After, q.AddedAfter = 0, added
		}
	}
}

func checkBody(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, q catalog.PageQuery, page catalog.Page) {
	body, err := c.PageBody(ctx, p, q)
	if err != nil {
		r.Fatal(err)
	}
	defer body.Body.Close()
	var raw [][]byte
	want := catalog.BodyPage{Body: body.Body, Objects: len(page.Objects), More: page.More, Next: page.Next}
	for i, o := range page.Objects {
		raw = append(raw, o.Raw)
		if want.Last = o.Added; i == 0 {
			want.First = o.Added
		}
	}
	if body != want {
		r.Fatalf("page of bytes %+v, want %+v", body, want)
	}
	var got bytes.Buffer
	n, err := body.Body.WriteTo(&got)
	if joined := bytes.Join(raw, []byte(",")); err != nil || n != body.Body.Len() || !bytes.Equal(got.Bytes(), joined) {
		r.Fatalf("bytes of a page: %d of %d, %v: %s, want %s", n, body.Body.Len(), err, got.Bytes(), joined)
	}
}

func texts(rows []*row, p access.Principal) (raw []string) {
	for _, r := range rows {
		raw = append(raw, r.text(p))
	}
	return raw
}

func check[T cmp.Ordered](r *rapid.T, what string, got, want []T) {
	if diff := gocmp.Diff(want, got); diff != "" && len(got)+len(want) > 0 {
		r.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}
