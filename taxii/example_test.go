package taxii_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// A server is a Handler over a Backend; a client finds its way from the
// discovery resource and pulls what is new.
func Example() {
	server := httptest.NewServer(&taxii.Handler{Backend: filled(3)})
	defer server.Close()

	ctx := context.Background()
	client := &taxii.Client{URL: server.URL + "/taxii2/", Token: "s3cret"}
	found, err := client.Discover(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	collections, err := client.Collections(ctx, found.Default)
	if err != nil {
		fmt.Println(err)
		return
	}
	collection := taxii.CollectionURL(found.Default, collections[0].ID)

	var since taxii.Cursor // keep it, to go on from here another time
	since, err = client.Pull(ctx, collection, since, func(raw jsontext.Value) error {
		fmt.Println(len(raw), "bytes")
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("pulled up to", taxii.FormatTimestamp(since.AddedAfter))
	// Output:
	// 145 bytes
	// 145 bytes
	// 145 bytes
	// pulled up to 2017-05-12T07:44:00.000003Z
}

// Objects are pushed in an envelope, and the status says what became of each.
func ExampleClient_Push() {
	server := httptest.NewServer(&taxii.Handler{Backend: filled(0)})
	defer server.Close()

	client := &taxii.Client{URL: server.URL + "/taxii2/", Token: "s3cret"}
	status, err := client.Push(context.Background(), taxii.CollectionURL(server.URL+"/taxii2/default/", inbox), []jsontext.Value{
		jsontext.Value(`{"type":"indicator","id":"indicator--00000000-0000-4000-8000-000000000001"}`),
		jsontext.Value(`{"type":"indicator"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.State)
	for _, failure := range status.Failures {
		fmt.Println(failure.Message)
	}
	// Output:
	// complete
	// object 1 is not valid
}

// ReadEnvelope takes the objects of a request one by one, and says where a
// body is wrong.
func ExampleReadEnvelope() {
	read := func(body string) {
		_, err := taxii.ReadEnvelope(strings.NewReader(body), func(i int, raw jsontext.Value) error {
			fmt.Println(i, raw)
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	read(`{"objects":[{"type":"indicator"},{"type":"malware"}]}`)
	read(`{"objects":[7]}`)
	// Output:
	// 0 {"type":"indicator"}
	// 1 {"type":"malware"}
	// read envelope: /objects/0 is no JSON object
}
