package taxii_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// board is a small backend: one collection, kept in memory, that everybody with
// the token reads.
type board struct {
	token   string
	objects []taxii.Item
}

const boardID = "8c49f14d-8ea3-4f03-ab28-19dba973dce3"

// Session knows one token.
func (b *board) Session(r *http.Request) (taxii.Session, error) {
	if token, ok := taxii.Credential(r); !ok || token != b.token {
		return nil, taxii.ErrUnauthorized
	}
	return b, nil
}

func (b *board) Discovery(context.Context) (taxii.Discovery, error) {
	return taxii.Discovery{Title: "Notices", Default: "public", APIRoots: []string{"public"}}, nil
}

func (b *board) Root(_ context.Context, root string) (taxii.APIRoot, error) {
	if root != "public" {
		return taxii.APIRoot{}, taxii.ErrNotFound
	}
	return taxii.APIRoot{Title: "Public notices"}, nil
}

func (b *board) Collections(_ context.Context, root string) ([]taxii.Collection, error) {
	if root != "public" {
		return nil, taxii.ErrNotFound
	}
	return []taxii.Collection{{ID: boardID, Title: "notices", CanRead: true}}, nil
}

// Page counts positions in the list. It has no versions, and takes only
// added_after of the filters.
func (b *board) Page(_ context.Context, q taxii.PageRequest) (taxii.Page, error) {
	from := 0
	if q.After != "" {
		var err error
		if from, err = strconv.Atoi(q.After); err != nil || from < 0 || from > len(b.objects) {
			return taxii.Page{}, taxii.ErrCursor
		}
	}
	for from < len(b.objects) && !b.objects[from].Added.After(q.Filter.AddedAfter) {
		from++
	}
	to := min(from+q.Limit, len(b.objects))
	return taxii.Page{Items: b.objects[from:to], More: to < len(b.objects), Next: strconv.Itoa(to)}, nil
}

// The collection cannot be written: the handler refuses, and asks for none of
// these.
func (b *board) Add(context.Context, string, string, io.Reader) (taxii.Status, error) {
	return taxii.Status{}, taxii.ErrForbidden
}

func (b *board) Status(context.Context, string, string) (taxii.Status, error) {
	return taxii.Status{}, taxii.ErrNotFound
}

func (b *board) Delete(context.Context, string, string, string, taxii.Versions, []string) error {
	return taxii.ErrForbidden
}

func (b *board) post(id string, day int) {
	at := time.Date(2017, 5, day, 8, 0, 0, 0, time.UTC)
	b.objects = append(b.objects, taxii.Item{ID: id, Version: at, Added: at,
		Raw: jsontext.Value(`{"type":"indicator","spec_version":"2.1","id":"` + id + `"}`)})
}

// A server is a Handler over a Backend, here one that holds a list. A client
// pulls it, keeps its cursor after each page, and goes on from there.
func ExampleHandler() {
	notices := &board{token: "s3cret"}
	notices.post("indicator--00000000-0000-4000-8000-000000000001", 12)
	notices.post("indicator--00000000-0000-4000-8000-000000000002", 13)
	mux := http.NewServeMux()
	handler := &taxii.Handler{Backend: notices}
	mux.Handle("/taxii2", handler)
	mux.Handle("/taxii2/", handler)
	server := httptest.NewServer(mux)
	defer server.Close()

	client := &taxii.Client{URL: server.URL + "/taxii2/", Token: "s3cret", PageSize: 1}
	collection := taxii.CollectionURL(server.URL+"/taxii2/public/", boardID)
	var kept taxii.Cursor // in a real program: a row, or a file
	pull := func() {
		_, err := client.PullWith(context.Background(), collection, kept, taxii.Pulling{
			Object: func(raw jsontext.Value) error {
				fmt.Println(raw)
				return nil
			},
			Page: func(next taxii.Cursor) error {
				kept = next
				return nil
			},
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	pull()
	fmt.Println("up to", taxii.FormatTimestamp(kept.AddedAfter))
	notices.post("indicator--00000000-0000-4000-8000-000000000003", 14)
	pull()
	// Output:
	// {"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001"}
	// {"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000002"}
	// up to 2017-05-13T08:00:00.000000Z
	// {"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000003"}
}
