package storedzip_test

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/storedzip"
)

func sample() map[string][]byte {
	return map[string][]byte{
		"manifest.txt": []byte("one line\n"), "a/b-c.json": []byte(`{"ü":1}`), "empty": {}, "0": bytes.Repeat([]byte{0xff, 0}, 5000),
	}
}

// TestBytes holds one small file against bytes that were put together by hand
// from the tables of docs/dossier.md.
func TestBytes(t *testing.T) {
	got := hex.EncodeToString(storedzip.Write(map[string][]byte{"a": []byte("hi\n")}))
	want := "504b0304" + "1400" + "0008" + "0000" + "0000" + "2100" + "7a7a6fed" + "03000000" + "03000000" + "0100" + "0000" + "61" + "68690a" +
		"504b0102" + "1400" + "1400" + "0008" + "0000" + "0000" + "2100" + "7a7a6fed" + "03000000" + "03000000" +
		"0100" + "0000" + "0000" + "0000" + "0000" + "00000000" + "00000000" + "61" +
		"504b0506" + "0000" + "0000" + "0100" + "0100" + "2f000000" + "22000000" + "0000"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

func TestReadsWhatItWrites(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9-]{1,8}(/[a-z0-9-]{1,8}(\.[a-z]{1,4})?)?`)
	rapid.Check(t, func(t *rapid.T) {
		files := rapid.MapOf(name, rapid.SliceOf(rapid.Byte())).Draw(t, "files")
		read, err := storedzip.Read(storedzip.Write(files), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if len(read) != len(files) {
			t.Fatalf("%d files were read, %d were written", len(read), len(files))
		}
		for name, content := range files {
			if !bytes.Equal(read[name], content) {
				t.Fatalf("%s is %q, was %q", name, read[name], content)
			}
		}
	})
}

// TestEveryChange changes, drops and adds every byte of a file.
func TestEveryChange(t *testing.T) {
	files := sample()
	files["0"] = []byte{1, 2, 3}
	data := storedzip.Write(files)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= byte(1 + random.IntN(255))
		if _, err := storedzip.Read(changed, 1<<20); err == nil {
			t.Errorf("byte %d changed: it was taken", i)
		}
		if _, err := storedzip.Read(data[:i], 1<<20); err == nil {
			t.Errorf("cut at byte %d: it was taken", i)
		}
		if _, err := storedzip.Read(append(append(bytes.Clone(data[:i]), 0), data[i:]...), 1<<20); err == nil {
			t.Errorf("a byte put in at %d: it was taken", i)
		}
	}
}

// TestRefused is what other writers make of the same files, and what is hidden
// in files that other readers take.
func TestRefused(t *testing.T) {
	plain := storedzip.Write(map[string][]byte{"a": []byte("x"), "b": []byte("y")})
	end := plain[len(plain)-22:]
	file := func(name string) []byte { // its local header and content
		data := storedzip.Write(map[string][]byte{name: []byte("x")})
		return data[:30+len(name)+1]
	}
	for name, c := range map[string]struct {
		data  []byte
		limit int64
		want  string
	}{
		"nothing":               {nil, 100, "byte 0"},
		"before the first":      {append([]byte("#!/bin/sh\n"), plain...), 100, "byte 0"},
		"after the end":         {append(bytes.Clone(plain), 0), 100, "something follows"},
		"twice":                 {append(bytes.Clone(plain), plain...), 100, "something follows"},
		"no directory":          {append(file("a"), end...), 100, "byte 34"},
		"out of order":          {append(file("b"), append(file("a"), plain[64:]...)...), 100, "byte 30"},
		"one name twice":        {append(file("a"), file("a")...), 100, "a is there twice"},
		"upwards":               {bytes.ReplaceAll(file("aa/b"), []byte("aa/"), []byte("../")), 100, "plain path"},
		"from the root":         {bytes.ReplaceAll(file("ab"), []byte("ab"), []byte("/b")), 100, "plain path"},
		"large letter":          {bytes.ReplaceAll(file("zz"), []byte("zz"), []byte("ZZ")), 100, "only a-z"},
		"too large":             {plain, 1, "larger than 1 bytes"},
		"size beyond the end":   {bytes.Replace(plain, []byte("\x01\x00\x00\x00"), []byte("\xff\xff\xff\xff"), 1), 1 << 40, "does not fit"},
		"as archive/zip writes": {goZip(t, sample()), 1 << 20, ""},
	} {
		_, err := storedzip.Read(c.data, c.limit)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

func goZip(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWritePanics(t *testing.T) {
	for _, name := range []string{"", "A", "a b", "../a", "a//b", "/a", "a/", ".", "ä", strings.Repeat("a", 256)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the name %q was written", name)
				}
			}()
			storedzip.Write(map[string][]byte{name: nil})
		}()
	}
}

func TestArchiveZipReadsIt(t *testing.T) {
	data := storedzip.Write(sample())
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string][]byte)
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if got[f.Name], err = io.ReadAll(in); err != nil { // it checks the CRC
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Errorf("archive/zip read (-want +got):\n%s", diff)
	}
}

// TestOtherPrograms has Info-ZIP and Python test and list what was written.
func TestOtherPrograms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sample.zip")
	if err := os.WriteFile(path, storedzip.Write(sample()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		program string
		args    []string
		want    string
	}{
		{"unzip", []string{"-t", path}, "No errors detected"},
		{"zipinfo", []string{path}, "4 files, 10017 bytes uncompressed, 10017 bytes compressed:  0.0%"},
		{"python3", []string{"-c", `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(z.testzip(), [(n, len(z.read(n))) for n in z.namelist()])`, path}, "None [('0', 10000), ('a/b-c.json', 8), ('empty', 0), ('manifest.txt', 9)]"},
	} {
		t.Run(c.program, func(t *testing.T) {
			if _, err := exec.LookPath(c.program); err != nil {
				t.Skipf("SKIPPED, NOT PASSED: %s is not on this machine: install Debian's unzip and python3", c.program)
			}
			out, err := exec.Command(c.program, c.args...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), c.want) {
				t.Errorf("%v, printed:\n%swant %q", err, out, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(storedzip.Write(sample()))
	f.Add(storedzip.Write(nil))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := storedzip.Read(data, 1<<16)
		if err == nil && !bytes.Equal(storedzip.Write(files), data) {
			t.Errorf("it was taken, and is not what would be written:\n%x", data)
		}
	})
}
