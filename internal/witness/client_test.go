package witness_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/witness"
)

// A witness may answer anything; only a cosignature by its key is taken.
func TestClientTakesOnlyACosignature(t *testing.T) {
	l := newLog(t)
	l.add(t, "one")
	skey, vkey, err := translog.GenerateWitnessKey("w.example")
	if err != nil {
		t.Fatal(err)
	}
	cosigner, err := translog.NewCosigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	strangeKey, _, err := translog.GenerateWitnessKey("w.example")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := translog.NewCosigner(strangeKey)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_513_641_600, 0)
	good, strange := string(cosigner.Cosign(l.Tree(), now)), string(stranger.Cosign(l.Tree(), now))
	wrong := l.Tree()
	wrong.Root[0] ^= 1
	forged := string(cosigner.Cosign(wrong, now))
	for name, c := range map[string]struct {
		status     int
		kind, body string
		want       string // the line, or part of the error
	}{
		"good":           {200, "", good, good},
		"among others":   {200, "", strange + good, good},
		"a stranger's":   {200, "", strange, "no cosignature"},
		"another tree's": {200, "", forged, "no cosignature"},
		"one of two":     {200, "", good + forged, good},
		"nothing":        {200, "", "", "no cosignature"},
		"a text":         {200, "", "hello\n", "no cosignature"},
		"a text and it":  {200, "", "hello\n" + good, "no cosignature"},
		"another text":   {200, "", "\nother.example\n1\n\n" + good, "no cosignature"},
		"too long":       {200, "", strings.Repeat(strange, 1000), "more than 65536 bytes"},
		"size":           {409, "text/x.tlog.size", "7\n", "stands at size 7"},
		"size, charset":  {409, "text/x.tlog.size; charset=utf-8", "7\n", "stands at size 7"},
		"the same size":  {409, "text/x.tlog.size", "1\n", "another tree of this size"},
		"no size":        {409, "text/x.tlog.size", "x\n", `"x" is not a size`},
		"huge size":      {409, "text/x.tlog.size", "99999999999999999999\n", "is not a size"},
		"conflict":       {409, "text/html", "7\n", "status 409"},
		"refusal":        {403, "", "no\nsecond line", `status 403: "no"`},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
		}))
		line, err := (&witness.Client{URL: server.URL, Key: vkey, HTTP: server.Client()}).Cosign(t.Context(), 1, nil, l.Checkpoint())
		if got := string(line) + fmt.Sprint(err); !strings.Contains(got, c.want) || (err == nil) != (c.want == good) {
			t.Errorf("%s: %q, %v; want %q", name, line, err, c.want)
		}
		server.Close()
	}
	for name, c := range map[string]witness.Client{
		"no client": {URL: "http://127.0.0.1:1", Key: vkey}, "no URL": {Key: vkey, HTTP: http.DefaultClient},
		"a file": {URL: "file:///etc", Key: vkey, HTTP: http.DefaultClient}, "a log's key": {URL: "http://127.0.0.1:1", Key: l.vkey, HTTP: http.DefaultClient},
	} {
		if line, err := c.Cosign(t.Context(), 0, nil, l.Checkpoint()); err == nil {
			t.Errorf("%s: %q", name, line)
		}
	}
}
