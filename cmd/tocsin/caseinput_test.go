package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

func TestParseHypothesis(t *testing.T) {
	const ref = "intrusion-set--0f3b1a52-4c2e-4d5a-9b13-0f9a1c6b7d21"
	for text, want := range map[string]attribution.Hypothesis{
		"a=A title":               {ID: "a", Title: "A title"},
		"a=1 = 1":                 {ID: "a", Title: "1 = 1"},
		"a=A title=" + ref:        {ID: "a", Title: "A title", Ref: ref},
		"a=A = B=" + ref:          {ID: "a", Title: "A = B", Ref: ref},
		"a=title=threat-actor--x": {ID: "a", Title: "title=threat-actor--x"},
	} {
		if got, err := parseHypothesis(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a", "a=", "=title", "A=title", "unknown=title", "a=" + strings.Repeat("x", 301)} {
		if got, err := parseHypothesis(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// A table and a list say the same.
func TestParseRatings(t *testing.T) {
	want := []attribution.Rating{
		{Evidence: "evidence--1", Hypothesis: "a", Value: "CC", Reason: "fits, \"well\"", Likelihood: 0.5},
		{Evidence: "evidence--1", Hypothesis: "b", Value: "N", Reason: "says nothing"},
	}
	for _, text := range []string{
		"\ufeffReason, evidence ,hypothesis,value,likelihood\r\n\"fits, \"\"well\"\"\",evidence--1,a,CC,0.5\r\nsays nothing,evidence--1,b,N,\r\n",
		`[{"evidence":"evidence--1","hypothesis":"a","value":"CC","reason":"fits, \"well\"","likelihood":0.5},{"evidence":"evidence--1","hypothesis":"b","value":"N","reason":"says nothing"}]`,
	} {
		got, err := parseRatings([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"": "first line", "evidence,hypothesis,value\n": "all needed", "evidence,hypothesis,value,likelihood\n": "all needed",
		"evidence,evidence,value,reason\n": "each once", "evidence,hypothesis,value,why\n": `column "why"`,
		"evidence,hypothesis,value,reason\n": "no rating", "[]": "no rating", `[{"evidnce":"x"}]`: "unknown object member",
		"evidence,hypothesis,value,reason\na,b,c\n": "wrong number of fields", "evidence,hypothesis,value,reason,likelihood\na,b,C,r,often\n": "rating 1: likelihood",
	} {
		if got, err := parseRatings([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzParseRatings(f *testing.F) {
	for _, seed := range []string{
		"evidence,hypothesis,value,reason,likelihood\ne,h,CC,because,0.5\n", `[{"evidence":"e","hypothesis":"h","value":"I","reason":"r"}]`,
		"reason,value\n\"", "[", "evidence,hypothesis,value,reason\n1,2,3,4,5\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if ratings, err := parseRatings(text); err == nil && len(ratings) == 0 {
			t.Error("nothing is read, and nothing is wrong")
		}
	})
}

// What was refused leaves no secret behind; of what nobody knows whether it was
// taken, the secret is kept: without it the seal could never be opened.
func TestTheSecretOfALostAnswerIsKept(t *testing.T) {
	for status, kept := range map[int]bool{
		http.StatusForbidden: false, http.StatusBadRequest: false, http.StatusConflict: false, http.StatusTooManyRequests: false,
		http.StatusInternalServerError: true, http.StatusBadGateway: true, http.StatusServiceUnavailable: true, http.StatusRequestTimeout: true,
		0: true, // the connection ends
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(status)
		}))
		dir := t.TempDir()
		file, token := filepath.Join(dir, "report"), filepath.Join(dir, "token")
		for _, path := range []string{file, token} {
			if err := os.WriteFile(path, []byte("content\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out, said bytes.Buffer
		got := run(t.Context(), []string{
			"case", "seal", "case--00000000-0000-4000-8000-000000000001", file, "--title", "T", "--kind", "intelligence", "--reliability", "A", "--credibility", "1",
			"--relevance", "H", "--forgeability", "L", "--hub", server.URL, "--token-file", token,
		}, strings.NewReader(""), &out, &said)
		server.Close()
		_, err := os.Stat(file + ".seal")
		if got != statusFailed || (err == nil) != kept {
			t.Errorf("after %d: status %d, the secret is kept: %t, want %t: %s", status, got, err == nil, kept, &said)
		}
		if kept && !strings.Contains(said.String(), file+".seal") {
			t.Errorf("after %d nobody is told of the secret: %s", status, &said)
		}
	}
}
