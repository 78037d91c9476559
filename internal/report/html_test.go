package report_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/report"
)

// The page holds no script, fetches nothing, and shows what others wrote as text.
func TestThePageIsSafe(t *testing.T) {
	s, id, moments := told(t)
	r := s.build(reader(0), id, moments[2])
	const hostile = `"><script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)></style>{{.}}`
	r.Head.What, r.Head.For.Name, r.Head.Incident = hostile, hostile, hostile
	r.Chapters = []report.Chapter{{Title: hostile, Notes: []string{hostile}, Heads: []string{hostile}, Rows: [][]string{{hostile, hostile}}}}
	r.Unknown = append(r.Unknown, hostile)
	for i := range r.Timeline {
		r.Timeline[i].Text = hostile
	}
	r.Head.TLP = access.TLP(hostile) // as nothing can be marked
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<img", "<link", "@import", "url(", "</style>{", " onerror=alert(1)>"} {
		if bytes.Contains(page, []byte(bad)) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if n := bytes.Count(page, []byte("</style>")); n != 1 {
		t.Errorf("%d ends of the style", n)
	}
	if !bytes.Contains(page, []byte(`content:"TLP:RED"`)) {
		t.Error("what is marked as nothing known is not printed as RED")
	}
	for _, want := range []string{`<html lang="en">`, "<h1>", `<th scope="col">`, "default-src 'none'", "Take &lt;script&gt;"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page has no %s", want)
		}
	}
	tags := regexp.MustCompile(`"[^"]*"`).ReplaceAll(page, []byte(`""`)) // texts within attributes are only texts
	if regexp.MustCompile(`<[^>]*\s(src|href)=`).Match(tags) {
		t.Error("the page refers to something outside")
	}
}

// Printed, it is a document of several A4 pages with text, the marking on each.
func TestThePrint(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		const how = "install Debian's package chromium"
		if os.Getenv("TOCSIN_REQUIRE_ENGINES") == "1" {
			t.Fatalf("TOCSIN_REQUIRE_ENGINES=1, but there is no chromium: %s", how)
		}
		t.Skipf("NOT TESTED: the print of a report: there is no chromium: %s", how)
	}
	s, id, moments := told(t)
	page, err := s.build(reader(3), id, moments[2]).HTML()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "tocsin-report-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // Chromium's last children may still be writing to it
	in, out := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	if err := os.WriteFile(in, page, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--no-pdf-header-footer", "--print-to-pdf="+out, "file://"+in)
	cmd.WaitDelay = 10 * time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("print: %v\n%s", err, said)
	}
	pdf, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	pages := regexp.MustCompile(`/Type /Page\b[^s]`).FindAllIndex(pdf, -1)
	if len(pages) < 2 {
		t.Fatalf("the print has %d pages", len(pages))
	}
	if !regexp.MustCompile(`/MediaBox \[0 0 59[45][.0-9]* 84[12]`).Match(pdf) {
		t.Error("the pages are not A4")
	}
	written := 0
	for _, text := range streams(pdf) {
		if strings.Contains(text, "BT") && regexp.MustCompile(`<[0-9A-F]+> T[jJ]|\] TJ`).MatchString(text) {
			written++
		}
	}
	if written < len(pages) {
		t.Errorf("of %d pages %d have text", len(pages), written)
	}
	t.Logf("%d pages, %d bytes", len(pages), len(pdf))
}

// streams are the compressed streams of a PDF that can be read.
func streams(pdf []byte) (list []string) {
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		if text, err := io.ReadAll(io.LimitReader(r, 8<<20)); err == nil {
			list = append(list, string(text))
		}
	}
	return list
}
