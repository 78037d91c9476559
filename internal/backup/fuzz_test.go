package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

func someManifest() manifest {
	return manifest{
		Format: format, Run: 2, Previous: ledger.Hash{1}, Hub: ledger.Hash{2}, Made: time.Unix(1e9, 0).UTC(), Head: ledger.Head{Seq: 3, Hash: ledger.Hash{4}},
		Segments: []part{{segmentName(2, 1, true), 10, ledger.Hash{5}}},
		Keys:     []block{{part{blockName(2, 0, false), 11, ledger.Hash{6}}, 0, ledger.Hash{7}}},
		KeyBytes: 64, Files: map[string]string{"a": "b"},
	}
}

var same = cmp.Options{cmp.AllowUnexported(block{}), cmpopts.EquateEmpty()}

// What a .run says reads back as it was written, also where its checksum holds and
// it says something else.
func FuzzManifest(f *testing.F) {
	text, err := someManifest().text()
	if err != nil {
		f.Fatal(err)
	}
	if m, err := parseManifest(text, 2); err != nil || !cmp.Equal(m, someManifest(), same) {
		f.Fatalf("%+v, %v", m, err)
	}
	if _, err := parseManifest(text, 3); err == nil {
		f.Fatal("run 2 is taken for run 3")
	}
	f.Add(text[:len(text)-66])
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := parseManifest(fmt.Appendf(bytes.Clone(content), "\n%x\n", sha256.Sum256(content)), 2)
		if err != nil {
			return
		}
		again, err := m.text()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := parseManifest(again, 2); err != nil || !cmp.Equal(m, n, same) {
			t.Errorf("%+v is written as %q: %v", m, again, err)
		}
	})
}

func archived(members ...member) []byte {
	var text bytes.Buffer
	archive := tar.NewWriter(&text)
	for _, m := range members {
		if err := m.into(archive); err != nil {
			panic(err)
		}
	}
	_ = archive.Close()
	return text.Bytes()
}

func textMember(name string, text []byte) member {
	return member{name, 0o600, int64(len(text)), bytes.NewReader(text)}
}

func someRecord(tb testing.TB) []byte {
	e, record, err := ledger.Seal(ledger.Draft{Kind: "k"}, ledger.Head{}, time.Unix(1, 0))
	if err != nil || e.Seq != 1 {
		tb.Fatal(err)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(record))), record...)
}

// Whatever a segment says, no file is named outside the data directory.
func FuzzSegment(f *testing.F) {
	f.Add(archived(textMember("files/a/b", []byte("text")), textMember("entries/1", someRecord(f))))
	f.Add(archived(textMember("files/../b", nil)))
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = contents{
			entry: func(e ledger.Entry) error {
				if e.Seq == 0 {
					t.Error("an entry without a number")
				}
				return nil
			},
			file: func(name string, _ fs.FileMode, content io.Reader) error {
				if !filepath.IsLocal(name) || strings.HasPrefix(filepath.Clean(name), "..") {
					t.Errorf("a file at %q", name)
				}
				_, err := io.Copy(io.Discard, content)
				return err
			},
		}.segment(bytes.NewReader(text))
	})
}

func TestSegmentRefuses(t *testing.T) {
	record := someRecord(t)
	for name, text := range map[string][]byte{
		"above":          archived(textMember("files/../secrets.json", nil)),
		"absolute":       archived(textMember("files//etc/passwd", nil)),
		"no file":        archived(textMember("files", nil)),
		"something":      archived(textMember("something", nil)),
		"cut record":     archived(textMember("entries/1", record[:len(record)-1])),
		"cut length":     archived(textMember("entries/1", record[:3])),
		"endless":        archived(textMember("entries/1", []byte{0xff, 0xff, 0xff, 0xff})),
		"changed record": archived(textMember("entries/1", append(record[:len(record)-1:len(record)-1], 9))),
		"no archive":     []byte("something else that is long enough to be looked at as a header, and more than that"),
	} {
		err := contents{file: func(string, fs.FileMode, io.Reader) error { return nil }}.segment(bytes.NewReader(text))
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ledger.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The archive's own kinds of members are not followed.
	var text bytes.Buffer
	archive := tar.NewWriter(&text)
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "files/a", Linkname: "/etc"}); err != nil {
		t.Fatal(err)
	}
	if err := (contents{}).segment(&text); !errors.Is(err, ErrDamaged) {
		t.Errorf("a link: %v", err)
	}
}
