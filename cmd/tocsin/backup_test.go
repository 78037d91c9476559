package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// follower is `tocsin backup --follow` as a child process.
type follower struct {
	cmd  *exec.Cmd
	runs *jsontext.Decoder // what each run added
}

func follow(t *testing.T, data, to, recipient string) follower {
	t.Helper()
	cmd := exec.Command("tocsin", "backup", "--data", data, "--to", to, "--recipient", recipient, "--follow", "--every", "50ms", "--json")
	var said transcript
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	return follower{cmd, jsontext.NewDecoder(bufio.NewReader(out))}
}

// next is the next run that had something to add.
func (f follower) next(t *testing.T) (r backup.Result) {
	t.Helper()
	if err := json.UnmarshalDecode(f.runs, &r); err != nil {
		t.Fatalf("the backup ended: %v", err)
	}
	return r
}

// headOf runs `tocsin check` on a data directory, which has to be sound.
func headOf(t *testing.T, data string) ledger.Head {
	t.Helper()
	var out, said bytes.Buffer
	status := run(t.Context(), []string{"check", "--json", "--data", data}, nil, &out, &said)
	var report ledger.Report
	read(t, out.Bytes(), &report)
	if status != statusDone {
		t.Fatalf("check %s: status %d: %s%s", data, status, out.Bytes(), said.Bytes())
	}
	return report.Head
}

// TestRestoreDrill loses a hub at work, with kill -9, while a backup follows it.
// What the backup had told of is there, entry for entry; and brought up to date
// after the loss it gives a hub with the same ledger and the same answers.
func TestRestoreDrill(t *testing.T) {
	dir := t.TempDir()
	data, copied := filepath.Join(dir, "data"), filepath.Join(dir, "copy")
	var public bytes.Buffer
	if status := run(t.Context(), []string{"backup", "keygen", "--out", filepath.Join(dir, "key")}, nil, &public, io.Discard); status != statusDone {
		t.Fatal("no key is made")
	}
	recipient := string(bytes.TrimSpace(public.Bytes()))
	start := func(data string) *process {
		p, err := serving(launchHub("", []string{"TOCSIN_ADMIN_TOKEN=" + administrator}, data))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.kill)
		ready(t, p.url)
		return p
	}
	p := start(data)
	admin := caller{p.url, administrator}
	f := follow(t, data, copied, recipient)
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	done := &acknowledged{next: make(chan struct{}, 1)}
	for worker := range 2 {
		_, callers := admin.partner(t, fmt.Sprintf("Partner %d", worker), "healthcare", "GB", "contributor")
		working.Go(func() { contribute(ctx, t, callers[0], worker, done) })
	}
	var told ledger.Head
	for last := f.next(t).Run; last < 6; last++ {
		if r := f.next(t); r.Run != last+1 {
			t.Fatalf("run %d comes after run %d", r.Run, last)
		}
	}
	cancel()
	working.Wait()
	objects, reports := done.snapshot()
	questions := []string{"/partners", "/protections", "/communities", "/search?q=worker0.example&limit=200", "/search?q=indicator&limit=200"}
	ask := func(c caller) map[string]string {
		answers := make(map[string]string)
		for _, q := range questions {
			answers[q] = everyPage(t, c, q)
		}
		for _, path := range []string{"/feeds/block.txt", "/feeds/protections.json"} {
			answers[path] = string(c.ask(t, http.MethodGet, path, "", http.StatusOK))
		}
		return answers
	}
	live := ask(admin)
	p.kill()
	if err := f.cmd.Process.Signal(syscall.SIGTERM); err != nil { // with a last run
		t.Fatal(err)
	}
	for {
		var r backup.Result
		if json.UnmarshalDecode(f.runs, &r) != nil {
			break
		}
		told = r.Head
	}
	if err := f.cmd.Wait(); err != nil {
		t.Errorf("the backup ended with %v", err)
	}
	lost := headOf(t, data)
	if told != lost {
		t.Errorf("the last run told of %v, the ledger ends with %v", told, lost)
	}
	again := filepath.Join(dir, "again")
	var out bytes.Buffer
	if status := run(t.Context(), []string{"restore", "--from", copied, "--data", again, "--identity", filepath.Join(dir, "key")}, nil, &out, &out); status != statusDone {
		t.Fatalf("restore: status %d: %s", status, out.Bytes())
	}
	if got := headOf(t, again); got != lost {
		t.Errorf("restored to %v, the ledger ended with %v", got, lost)
	}
	q := start(again)
	restored := caller{q.url, administrator}
	remembered(t, restored, objects, reports)
	if diff := cmp.Diff(live, ask(restored)); diff != "" {
		t.Errorf("it answers otherwise (-before +restored): %s", diff)
	}
}
