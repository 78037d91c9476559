package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const taxiiMedia = "application/taxii+json;version=2.1"

// caller asks a hub in somebody's name.
type caller struct {
	tb    testing.TB
	url   string
	token string
}

func (h *hub) as(token string) caller { return caller{h.tb, h.url, token} }

// call sends one request and reads the answer to its end.
func (c caller) call(method, path, media string, body []byte) (status int, text []byte) {
	c.tb.Helper()
	request, err := http.NewRequestWithContext(c.tb.Context(), method, c.url+path, bytes.NewReader(body))
	if err != nil {
		c.tb.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.tb.Fatal(err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err != nil {
		c.tb.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, text
}

// get wants 200 and reads the JSON into out.
func (c caller) get(path string, out any) {
	c.tb.Helper()
	status, text := c.call(http.MethodGet, path, "", nil)
	if status != http.StatusOK {
		c.tb.Fatalf("GET %s: status %d: %.500s", path, status, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		c.tb.Fatalf("GET %s: %v", path, err)
	}
}

// make posts JSON and wants 201.
func (c caller) make(path string, in map[string]string, out any) {
	c.tb.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.post(path, text, out)
}

// post posts what is JSON already and wants 201.
func (c caller) post(path string, body []byte, out any) {
	c.tb.Helper()
	status, text := c.call(http.MethodPost, path, "application/json", body)
	if status != http.StatusCreated {
		c.tb.Fatalf("POST %s: status %d: %s", path, status, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		c.tb.Fatalf("POST %s: %v", path, err)
	}
}

// partner lets a partner in and issues a token of the role to it.
func (h *hub) partner(name, role string) (id, token string) {
	h.tb.Helper()
	var made, issued struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	admin := h.as(administrator)
	admin.make("/api/v1/partners", map[string]string{"name": name, "sector": "healthcare", "country": "GB", "kind": "operator"}, &made)
	admin.make("/api/v1/tokens", map[string]string{"partner": made.ID, "role": role}, &issued)
	return made.ID, issued.Token
}

// community is the path of the collection that a new hub has.
func (c caller) community() string {
	c.tb.Helper()
	var list struct {
		Collections []collectionName `json:"collections"`
	}
	c.get("/taxii2/default/collections/", &list)
	i := slices.IndexFunc(list.Collections, func(one collectionName) bool { return one.Title == "community" })
	if i < 0 {
		c.tb.Fatalf("there is no collection titled community in %+v", list)
	}
	return "/taxii2/default/collections/" + list.Collections[i].ID + "/"
}

// envelope is a page of a collection (TAXII 2.1, section 3.7).
type envelope struct {
	More    bool             `json:"more"`
	Next    string           `json:"next"`
	Objects []jsontext.Value `json:"objects"`
}

// has says whether the object can be found in the collection.
func (c caller) has(collection, id string) bool {
	c.tb.Helper()
	status, text := c.call(http.MethodGet, collection+"objects/"+id+"/", "", nil)
	switch status {
	case http.StatusNotFound:
		return false
	case http.StatusOK:
		var found envelope
		if err := json.Unmarshal(text, &found); err != nil {
			c.tb.Fatal(err)
		}
		return len(found.Objects) > 0
	}
	c.tb.Fatalf("GET %s: status %d: %.500s", id, status, text)
	return false
}

// pagePath is the path of the page behind a cursor, the first behind "".
func pagePath(collection, next string) string {
	if next == "" {
		return collection + "objects/?limit=1000"
	}
	return fmt.Sprintf("%sobjects/?limit=1000&next=%s", collection, next)
}

type collectionName struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}
