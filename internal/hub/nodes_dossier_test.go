package hub_test

import (
	"archive/zip"
	"context"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/views"
)

// foldedViews is what a node's logger reads.
type foldedViews struct{ *views.Views }

func (f foldedViews) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return f.Ledger.Read(ctx, after, kinds...)
}

func (f foldedViews) Folded(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return f.Follow(ctx, after, kinds, true, time.Hour, func(bool) error { return nil })
}

func (f foldedViews) Leaf(seq ledger.Seq) ([]byte, bool) {
	if leaf, ok := f.Cases.Leaf(seq); ok {
		return leaf, true
	}
	return f.Voters.Leaf(seq)
}

// loggingNode is a node's log and its dossiers, over the views of a hub.
func loggingNode(t *testing.T, v *views.Views, began ledger.Kind, key []byte, leads bool) (*translog.Log, *publiclog.Dossiers) {
	t.Helper()
	dir := t.TempDir()
	if key != nil {
		if err := os.WriteFile(filepath.Join(dir, "log.key"), key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := translog.OpenFile(filepath.Join(dir, "log"), filepath.Join(dir, "log.key"), "nodes.example/log")
	if err != nil {
		t.Fatal(err)
	}
	l, err := publiclog.New(publiclog.Config{
		Dir: dir, Log: log, Source: foldedViews{v}, Every: time.Millisecond, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Shared: &publiclog.Shared{
			Began: began,
			Lead: func(ctx context.Context) (context.Context, error) {
				if !leads {
					<-ctx.Done()
				}
				return ctx, ctx.Err()
			},
			Append: func(ctx context.Context, d ledger.Draft) (ledger.Entry, error) {
				entries, err := v.Append(ctx, d)
				if err != nil {
					return ledger.Entry{}, err
				}
				return entries[0], nil
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	folder := filepath.Join(dir, "dossiers")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return log, publiclog.NewDossiers(folder, l, v.Cases, v.Voters)
}

// Whichever node a dossier is fetched from, it verifies with the keys that any node
// gives; its manifest is the same one, and is logged once.
func TestADossierOfAnyNodeVerifies(t *testing.T) {
	r := startHub(t, t.TempDir())
	s := r.tell(r.nation("Alpha", "GB"), r.nation("Beta", "US"))
	s.publish()
	first, err := ledger.At(t.Context(), r.Views.Ledger, 1)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "log.key")
	made, err := translog.OpenFile(filepath.Join(filepath.Dir(key), "log"), key, "nodes.example/log")
	if err == nil {
		err = made.Close()
	}
	secret, readErr := os.ReadFile(key)
	if err != nil || readErr != nil {
		t.Fatal(err, readErr)
	}
	var manifests, keys []string
	var logs []*translog.Log
	nodes := make([]*publiclog.Dossiers, 3)
	for i := range nodes {
		var log *translog.Log
		log, nodes[i] = loggingNode(t, r.Views, first.Kind, secret, i == 2)
		logs = append(logs, log)
	}
	var texts [][]byte
	for _, d := range nodes { // those that do not lead first
		path, err := d.Newest(t.Context(), attribution.CaseID(s.id))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		trust, err := d.Keys()
		if err != nil {
			t.Fatal(err)
		}
		texts, keys, manifests = append(texts, text), append(keys, trust), append(manifests, memberOf(t, path, "manifest"))
	}
	for i, text := range texts {
		for j, trust := range keys {
			if report := dossier.Verify(text, dossier.Options{Trust: []byte(trust)}); report.Verdict != dossier.Verified {
				t.Errorf("node %d's with the keys of node %d: %s %+v", i, j, report.Verdict, report.Checks)
			}
		}
		if manifests[i] != manifests[0] {
			t.Errorf("node %d has the manifest %q, node 0 %q", i, manifests[i], manifests[0])
		}
	}
	for i, log := range logs {
		n := 0
		for at := range log.Tree().Size {
			if e, err := log.Entry(at); err != nil {
				t.Fatal(err)
			} else if strings.HasPrefix(string(e), "tocsin-dossier/v1\n") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("node %d's log has %d manifests", i, n)
		}
	}
}

// memberOf reads the file of an archive whose name begins so.
func memberOf(t *testing.T, path, name string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, name) {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	t.Fatalf("%s has no %s", path, name)
	return ""
}
