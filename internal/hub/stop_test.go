package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A hub that is stopped while everybody writes and follows ends in order: what it
// acknowledged is there afterwards, whoever was not acknowledged heard so or was hung
// up on, and streams end as broken off, never as if they were whole.
func TestAStopUnderLoadLosesNothing(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("CERT", "government", "GB", "contributor")
	const writers, enough = 8, 200
	var mu sync.Mutex
	var acknowledged []string
	begun := make(chan struct{}) // closed when enough is acknowledged
	ctx := context.WithoutCancel(t.Context())
	send := func(method, path, body string) (*http.Response, error) {
		request, err := http.NewRequestWithContext(ctx, method, h.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return nil, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "text/plain")
		return http.DefaultClient.Do(request)
	}
	var under sync.WaitGroup
	for worker := range writers {
		under.Go(func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("host%d.worker%d.example", n, worker)
				answer, err := send(http.MethodPost, "/api/v1/contributions", name+"\n")
				if err != nil {
					return // hung up on
				}
				text, _ := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				switch answer.StatusCode {
				case http.StatusCreated:
					mu.Lock()
					if acknowledged = append(acknowledged, name); len(acknowledged) == enough {
						close(begun)
					}
					mu.Unlock()
				case http.StatusServiceUnavailable:
					return
				default:
					t.Errorf("status %d: %s", answer.StatusCode, text)
					return
				}
			}
		})
	}
	stream, err := send(http.MethodGet, "/api/v1/stream", "")
	if err != nil {
		t.Fatal(err)
	}
	under.Go(func() {
		defer stream.Body.Close() //nolint:errcheck // it was only read
		if _, err := io.Copy(io.Discard, stream.Body); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("the stream ended as if it were whole: %v", err)
		}
	})
	<-begun
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	under.Wait()

	again := startHub(t, h.dir)
	if _, err := again.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range acknowledged {
		if a := again.call(http.MethodGet, "/api/v1/search?q="+name, token, "", nil); !strings.Contains(a.body, `"name":"`+name+`"`) {
			t.Errorf("%s was acknowledged and is not there: %s", name, a.body)
		}
	}
	t.Logf("%d acknowledged", len(acknowledged))
}
