package warninglist_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// Whatever a list says, reading it ends, and it does not guard the whole world.
func FuzzList(f *testing.F) {
	files, err := filepath.Glob("testdata/lists/*/list.json")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "l"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "l", "list.json"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		lists, problems, err := warninglist.Load(dir)
		if err != nil {
			return
		}
		if problems.Entries < problems.Junk {
			t.Fatalf("%d entries, %d of them junk", problems.Entries, problems.Junk)
		}
		all := true
		for _, text := range []string{"9.77.1.2", "77.9.2.1", "150.66.3.4", "200.5.7.9"} { // in different /8s
			_, bad := lists.Check(observable.Value{Type: observable.IPv4, Text: text})
			all = all && bad
		}
		if all && problems.Entries-problems.Junk < 4 {
			t.Fatal("a few entries guard all addresses")
		}
		for _, text := range []string{"net", "qzj4w8.net", "http://qzj4w8.net/", "x@qzj4w8.net"} {
			if v, err := observable.Infer(text); err == nil {
				lists.Check(v)
			}
		}
	})
}

func FuzzRanks(f *testing.F) {
	f.Add([]byte(ranks))
	f.Add([]byte("1,a.example\n1,a.example\n-1,b.example\n99999999999999999999,c.example"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lists, problems, err := warninglist.ReadRanks(bytes.NewReader(data), 100)
		if err == nil && (problems.Junk >= problems.Entries || lists.Len() == 0) {
			t.Fatalf("%v: read", problems)
		}
	})
}
