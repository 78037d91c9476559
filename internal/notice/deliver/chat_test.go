package deliver

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// request is what a fake receiver was sent.
type request struct {
	method, path, token string
	body                map[string]any
}

// fakeReceiver stands for a chat's server, which is not here: it keeps what it is sent.
func fakeReceiver(t *testing.T) (at string, got *[]request) {
	t.Helper()
	got = &[]request{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		one := request{method: r.Method, path: r.URL.EscapedPath(), token: r.Header.Get("Authorization")}
		if err != nil || json.Unmarshal(text, &one.body) != nil {
			t.Errorf("%v in %s", err, text)
		}
		*got = append(*got, one)
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

func TestSlackMessageToFakeReceiver(t *testing.T) {
	at, got := fakeReceiver(t)
	p := Parcel{Key: "delivery--1", Target: at + "/services/T0/B0/word", Subject: "<!channel> a & b", Text: "@here <https://evil.example|good.example>"}
	if err := (slack{newPoster(inside, time.Now)}).send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := []request{{method: "POST", path: "/services/T0/B0/word", body: map[string]any{
		"text":         "&lt;!channel&gt; a &amp; b\n\n@\u200bhere &lt;https://evil.example|good.example&gt;",
		"unfurl_links": false, "unfurl_media": false, "mrkdwn": false,
	}}}
	if diff := cmp.Diff(want, *got, cmp.AllowUnexported(request{})); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestMatrixEventToFakeReceiver(t *testing.T) {
	at, got := fakeReceiver(t)
	p := Parcel{Key: "delivery--1", Target: at + "/", Room: "!a/b?c:matrix.example", Secret: "syt_token", Subject: "<b>s</b>", Text: "t"}
	for range 2 { // a repeated delivery is the same transaction
		if err := (matrix{newPoster(inside, time.Now)}).send(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	one := request{
		method: "PUT", path: "/_matrix/client/v3/rooms/%21a%2Fb%3Fc:matrix.example/send/m.room.message/delivery--1", token: "Bearer syt_token",
		body: map[string]any{"msgtype": "m.notice", "body": "<b>s</b>\n\nt", "m.mentions": map[string]any{}},
	}
	if diff := cmp.Diff([]request{one, one}, *got, cmp.AllowUnexported(request{})); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{{"short", 10, "short"}, {"0123456789a", 10, "012345 ..."}, {"ÄÄÄÄÄÄ", 9, "ÄÄ ..."}, {"abc", 2, " ..."}} {
		if got := cut(c.text, c.most); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
	if got := clean(" a\r\n\tb\x1b[2J\u202e \u2028c ", 100); got != "a b [2J c" {
		t.Errorf("clean: %q", got)
	}
	if got := lines("a\r\nb\rc\x1bd\xff\u202ee\tf"); got != "a\nb cd\uFFFDe f" {
		t.Errorf("lines: %q", got)
	}
}
