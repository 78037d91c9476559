package demo_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/demo"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/storedzip"
)

// maxPicture is what a picture of the README may weigh, in bytes.
const maxPicture = 240 << 10

// attackBeside is where the ATT&CK bundle may lie, seen from this package.
const attackBeside = "../../../shared/data/enterprise-attack.json.gz"

// TestScreenshots takes the pictures of the README from the end of a demo:
// see the target screenshots of the Makefile.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("TOCSIN_SCREENSHOTS")
	if dir == "" {
		t.Skip("takes pictures where TOCSIN_SCREENSHOTS says: make screenshots")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("there is no chromium to take pictures with: install Debian's package chromium")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	scenario, err := exercise.Find("wannacry-12-may")
	if err != nil {
		t.Fatal(err)
	}
	cfg := demo.Config{Scenario: scenario, Seed: 1, Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", DNSListen: "127.0.0.1:0", Sinkhole: "127.0.0.1:0"}
	if _, err := os.Stat(attackBeside); err == nil {
		cfg.Attack = attackBeside
	}
	story, err := demo.Play(t.Context(), cfg)
	t.Cleanup(func() {
		if err := story.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "tocsin-screenshots-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) }) // Chromium's last children may still be writing to it
	allocated, release := chromedp.NewExecAllocator(t.Context(), chromedp.ExecPath(browser), chromedp.UserDataDir(profile),
		chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WSURLReadTimeout(time.Minute))
	t.Cleanup(release)
	tab, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	tab, cancel := context.WithTimeout(tab, 3*time.Minute) // a bound against hanging, not a measure
	t.Cleanup(cancel)

	server := dossierPage(t, story.Dossier.File)
	hub := story.Hub().URL()
	for _, one := range []struct {
		file, scheme, url, follow string
		width, height             int64
		wait                      string // what is to be seen before the picture is taken
	}{
		{"now-light.png", "light", hub + "/", "", desk, 1180, live},
		{"now-dark.png", "dark", hub + "/", "", desk, 1180, live},
		{"now-phone.png", "light", hub + "/", "", phone, 900, live},
		{"outbreak.png", "light", hub + "/outbreaks", `(//main//a[starts-with(@href, "/outbreaks/")])[1]`, desk, 1180, live},
		{"protections.png", "light", hub + "/protections", "", desk, 900, live},
		{"wannacry.png", "light", hub + "/search?q=WannaCry", `//td/a[text()="WannaCry"]`, desk, 960, live},
		{"dossier.png", "light", server, "", desk, 900, "//h1"},
	} {
		steps := []chromedp.Action[chromedp.Void]{
			chromedp.EmulateViewport(one.width, one.height), scheme(one.scheme),
			chromedp.Navigate(one.url),
		}
		if one.follow != "" {
			steps = append(steps, chromedp.Click(chromedp.Search(one.follow)))
		}
		steps = append(steps, chromedp.WaitVisible(chromedp.Search(one.wait)))
		if err := chromedp.Do(tab, steps...); err != nil {
			t.Fatalf("%s: %v", one.file, err)
		}
		picture, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatalf("%s: %v", one.file, err)
		}
		if len(picture) > maxPicture {
			t.Errorf("%s has %d bytes, want at most %d", one.file, len(picture), maxPicture)
		}
		if err := os.WriteFile(filepath.Join(dir, one.file), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Widths of pictures, in CSS pixels.
const (
	desk  = 1160
	phone = 390
)

// live is what a page of the hub says once it follows what happens.
const live = `//p[starts-with(., "Live")]`

// dossierPage serves a dossier's page, and gives where.
func dossierPage(t *testing.T, file []byte) string {
	files, err := storedzip.Read(file, 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(files["index.html"])
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}
