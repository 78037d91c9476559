package doctor_test

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/doctor"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// fakeMachine is one on which nothing is wrong.
func fakeMachine() doctor.Surroundings {
	return doctor.Surroundings{
		Space:        func(string) (headroom.Space, error) { return headroom.Space{Free: 1 << 40, Total: 1 << 41}, nil },
		Synchronised: func() (bool, error) { return true, nil },
		Files:        func() (uint64, error) { return 65_536, nil },
	}
}

func config(t *testing.T) hub.Config {
	t.Helper()
	return hub.Config{
		Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", DNSListen: "127.0.0.1:0", DNSTLSListen: "127.0.0.1:0", Sinkhole: "127.0.0.1:0",
		AdminToken: "administrator-of-the-test", Logger: slog.New(slog.DiscardHandler),
	}
}

// want looks for a finding of that verdict which says so.
func want(t *testing.T, findings []doctor.Finding, of string, verdict doctor.Verdict, says string) {
	t.Helper()
	for _, f := range findings {
		if f.Of == of && f.Verdict == verdict && strings.Contains(f.Found+"; "+f.Do, says) {
			if verdict != doctor.Sound && f.Do == "" {
				t.Errorf("%s: %q does not say what to do", of, f.Found)
			}
			return
		}
	}
	t.Errorf("nothing says of %s that it is %s: %q; found is %q", of, verdict, says, findings)
}

func healthy(t *testing.T, findings []doctor.Finding) {
	t.Helper()
	for _, f := range findings {
		if f.Verdict != doctor.Sound && f.Of != "sinkhole" { // which is on loopback here
			t.Errorf("%+v", f)
		}
	}
}

func TestAHealthyHub(t *testing.T) {
	cfg := config(t)
	healthy(t, doctor.Examine(t.Context(), cfg, fakeMachine()))
	h, err := hub.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(get(t, h.URL()+"/readyz"), "ready\n") || strings.Contains(get(t, h.URL()+"/readyz"), "not ready") {
		time.Sleep(10 * time.Millisecond)
	}
	cfg.Listen = strings.TrimPrefix(h.URL(), "http://")
	running := doctor.Examine(t.Context(), cfg, fakeMachine())
	healthy(t, running)
	want(t, running, "hub", doctor.Sound, "is ready")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	stopped := doctor.Examine(t.Context(), cfg, fakeMachine())
	healthy(t, stopped)
	want(t, stopped, "listen", doctor.Sound, "is free")
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text := make([]byte, 100)
	n, _ := answer.Body.Read(text)
	return string(text[:n])
}

func TestWhatIsWrongWithTheMachine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := config(t)
	cfg.Listen = taken.Addr().String()
	found := doctor.Examine(t.Context(), cfg, doctor.Surroundings{
		Space:        func(string) (headroom.Space, error) { return headroom.Space{Free: 1, Total: 1 << 40}, nil },
		Synchronised: func() (bool, error) { return false, nil },
		Files:        func() (uint64, error) { return 1024, nil },
	})
	want(t, found, "disk", doctor.Wrong, "make room")
	want(t, found, "clock", doctor.Doubtful, "chrony")
	want(t, found, "open files", doctor.Doubtful, "LimitNOFILE")
	want(t, found, "listen", doctor.Wrong, "taken by another program")

	unknown := errors.New("it cannot be asked")
	found = doctor.Examine(t.Context(), config(t), doctor.Surroundings{
		Space:        func(string) (headroom.Space, error) { return headroom.Space{}, unknown },
		Synchronised: func() (bool, error) { return false, unknown },
		Files:        func() (uint64, error) { return 0, unknown },
	})
	for _, of := range []string{"disk", "clock", "open files"} {
		want(t, found, of, doctor.Doubtful, unknown.Error())
	}
}

func TestWhatIsWrongWithTheData(t *testing.T) {
	cfg := config(t)
	h, err := hub.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Views.Append(t.Context(), ledger.Draft{Kind: "test.said", Actor: "hub", Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(cfg.Data, hub.KeysFile), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(cfg.Data, "secrets.json"), filepath.Join(cfg.Data, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	machine := fakeMachine()
	machine.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	found := doctor.Examine(t.Context(), cfg, machine)
	want(t, found, "private files", doctor.Wrong, "chmod 600")
	want(t, found, "data directory", doctor.Wrong, "restore secrets.json")
	want(t, found, "clock", doctor.Wrong, "set the clock right")
	if _, err := os.Stat(filepath.Join(cfg.Data, "secrets.json")); err == nil {
		t.Error("the doctor has made new secrets")
	}

	file := config(t)
	if err := os.WriteFile(file.Data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, doctor.Examine(t.Context(), file, fakeMachine()), "data directory", doctor.Wrong, "is a file")
}

// What is outside is connected to and told nothing; where the policy forbids it, not even that.
func TestWhatIsOutside(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("it was asked for %s", r.URL) }))
	defer server.Close()
	cfg := config(t)
	cfg.OIDC = []hub.OIDC{{Name: "Example", Issuer: server.URL + "/secret-path", ClientID: "x", ClientSecretFile: "missing.secret"}}
	found := doctor.Examine(t.Context(), cfg, fakeMachine())
	want(t, found, "identity provider Example", doctor.Wrong, "[dial]")
	want(t, found, "configuration", doctor.Wrong, "missing.secret")
	cfg.Dial.Allow = []string{"127.0.0.1"}
	found = doctor.Examine(t.Context(), cfg, fakeMachine())
	want(t, found, "identity provider Example", doctor.Sound, "answers")
	for _, f := range found {
		if strings.Contains(f.Found, "secret-path") {
			t.Errorf("a path may be a secret: %+v", f)
		}
	}
}
