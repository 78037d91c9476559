package misp_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/misp"
)

// folder is a feed in memory.
type folder struct{ fstest.MapFS }

// write puts events there, as a feed.
func (f *folder) write(t *testing.T, events ...jsontext.Value) {
	t.Helper()
	file := func(name string, write func(io.Writer) error) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		f.MapFS[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	for _, event := range events {
		var head struct {
			UUID string `json:"uuid"`
		}
		if err := json.Unmarshal(event, &head); err != nil {
			t.Fatal(err)
		}
		file(head.UUID+".json", func(w io.Writer) error { return misp.WriteEvent(w, event) })
	}
	file(misp.HashesFile, func(w io.Writer) error { return misp.WriteHashes(w, events) })
	file(misp.ManifestFile, func(w io.Writer) error { return misp.WriteManifest(w, events) })
}

func (f *folder) open(name string) (io.ReadCloser, error) { return f.Open(name) }

func TestAFeedIsReadAsItWasWritten(t *testing.T) {
	dir := &folder{MapFS: fstest.MapFS{}}
	event := bare(t, fixture(t))
	other := jsontext.Value(`{"uuid":"5915c1a4-0000-4000-8000-000000000008","info":"later","timestamp":"1494700000","Attribute":[{"type":"filename|md5","value":"a|b"}]}`)
	dir.write(t, other, event)
	read := func(since map[string]int64) (ids []string, texts []string) {
		problems, err := misp.ReadFeed(t.Context(), dir.open, since, func(e misp.FeedEvent) error {
			text, err := io.ReadAll(e.Text)
			ids, texts = append(ids, e.UUID), append(texts, string(text))
			return err
		})
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v %v", err, problems)
		}
		return ids, texts
	}
	ids, texts := read(nil)
	if diff := cmp.Diff([]string{"5915c1a4-0000-4000-8000-000000000007", "5915c1a4-0000-4000-8000-000000000008"}, ids); diff != "" {
		t.Fatal(diff)
	}
	sameEvents(t, []jsontext.Value{event}, raws(items(t, texts[0], misp.Options{})))
	if ids, _ := read(map[string]int64{ids[0]: 1494612000, ids[1]: 1494699999}); len(ids) != 1 || ids[0] != "5915c1a4-0000-4000-8000-000000000008" {
		t.Errorf("changed since: %v", ids)
	}
	hashes := string(dir.MapFS[misp.HashesFile].Data)
	for _, v := range []string{"a", "b", "c2.evil.example", "203.0.113.5", "mssecsvc.exe"} {
		sum := md5.Sum([]byte(v))
		if !strings.Contains(hashes, hex.EncodeToString(sum[:])+",5915c1a4-") {
			t.Errorf("%s has no hash in\n%s", v, hashes)
		}
	}
}

func TestAFeedsBadEventsAreReportedAndTheRestIsRead(t *testing.T) {
	dir := &folder{MapFS: fstest.MapFS{
		misp.ManifestFile: {Data: []byte(`{"../../etc/passwd":{"timestamp":"1"},"5915c1a4-0000-4000-8000-000000000001":{"timestamp":"5"},` +
			`"5915c1a4-0000-4000-8000-000000000002":{"timestamp":4},"5915c1a4-0000-4000-8000-000000000003":{}}`)},
		"5915c1a4-0000-4000-8000-000000000001.json": {Data: []byte("{}")},
		"5915c1a4-0000-4000-8000-000000000003.json": {Data: []byte("{}")},
	}}
	var ids []string
	problems, err := misp.ReadFeed(t.Context(), dir.open, nil, func(e misp.FeedEvent) error {
		ids = append(ids, e.UUID)
		if e.Timestamp == 5 {
			return errors.New("refused")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) != 3 || problems[0].UUID != "../../etc/passwd" || !errors.Is(problems[1].Err, fs.ErrNotExist) || problems[2].Err.Error() != "refused" {
		t.Errorf("problems %v", problems)
	}
	if diff := cmp.Diff([]string{"5915c1a4-0000-4000-8000-000000000003", "5915c1a4-0000-4000-8000-000000000001"}, ids); diff != "" {
		t.Error(diff)
	}
	dir.MapFS[misp.ManifestFile] = &fstest.MapFile{Data: []byte(`{"x":`)}
	if _, err := misp.ReadFeed(t.Context(), dir.open, nil, nil); err == nil {
		t.Error("a manifest that is cut off is read")
	}
}
