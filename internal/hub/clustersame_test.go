package hub_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/cluster"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// TestNodesShowTheSame has each of three nodes told something else: what a partner sees
// is the same at all of them, to the byte where a program compares.
func TestNodesShowTheSame(t *testing.T) {
	hubs := threeHubs(t)
	hubs[0].eventually(http.MethodPost, "/api/v1/partners", adminToken, "application/json", `{"name":"First","sector":"energy","country":"NL","kind":"operator"}`, http.StatusCreated)
	_, token := hubs[1].partner("Hospital 01", "healthcare", "GB", "coordinator")

	// What is told at one is told on every node's stream, in one chain.
	const object, secret = "malware--11111111-1111-4111-8111-111111111111", "patientzero"
	a := hubs[2].call(http.MethodPost, "/api/v1/contributions", token, "application/stix+json", strings.NewReader(bundle(malware(object, secret))))
	var accepted struct {
		ID string `json:"id"`
	}
	hubs[2].decode(a, &accepted)
	position := a.header.Get(cluster.PositionHeader)
	var first []stream.Line
	for i, h := range hubs {
		if got := h.at(position, "/api/v1/objects/"+object, token); got.status != http.StatusOK {
			t.Errorf("node %d: the object: %d %s", i+1, got.status, got.body)
		}
		lines := told(h.backlog(token, stream.Mark{}))
		if first == nil {
			first = lines
		}
		if len(lines) == 0 || !reflect.DeepEqual(lines[:min(len(first), len(lines))], first) {
			t.Errorf("node %d tells %v, the first node %v", i+1, lines, first)
		}
	}

	// What is decided at one is in every node's lists, under one number.
	hubs[0].post("/api/v1/protections", token, map[string]string{"value": "evil.example", "polarity": "block", "reason": "seen"}, http.StatusCreated)
	same := func(path, holds string) {
		t.Helper()
		var answers []answer
		eventuallyTrue(t, path, func() bool {
			answers = answers[:0]
			for _, h := range hubs {
				answers = append(answers, h.call(http.MethodGet, path, token, "", nil))
			}
			for _, one := range answers {
				if one.body != answers[0].body || one.header.Get("ETag") != answers[0].header.Get("ETag") || !strings.Contains(one.body, holds) {
					return false
				}
			}
			return true
		})
	}
	same("/feeds/domains.txt", "evil.example")
	same("/log/checkpoint", "tocsin.invalid/")

	// Who signs in at one is known at the others.
	browser := hubs[1].signIn(token)
	for i, h := range hubs {
		response, err := browser.Get(h.URL() + "/tokens")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK || response.Request.URL.Path != "/tokens" {
			t.Errorf("node %d does not know the browser: %s at %s", i+1, response.Status, response.Request.URL)
		}
	}

	// What is erased at one is nowhere.
	hubs[1].post("/api/v1/contributions/"+accepted.ID+"/erasure", token, map[string]string{"reason": "personal data"}, http.StatusNoContent)
	for i, h := range hubs {
		eventuallyTrue(t, fmt.Sprintf("node %d has erased it", i+1), func() bool {
			return len(lies(t, h.dir, secret)) == 0 && h.call(http.MethodGet, "/api/v1/objects/"+object, token, "", nil).status == http.StatusNotFound
		})
	}
	eventuallyTrue(t, "the nodes' keys are the same", func() bool {
		var files [][]byte
		for _, h := range hubs {
			keys, err := os.ReadFile(filepath.Join(h.dir, hub.KeysFile))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, keys)
		}
		short := min(len(files[0]), len(files[1]), len(files[2]))
		zero := bytes.Contains(files[0][32:short], make([]byte, 32))
		return zero && bytes.Equal(files[0][:short], files[1][:short]) && bytes.Equal(files[0][:short], files[2][:short])
	})
}

func eventuallyTrue(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
