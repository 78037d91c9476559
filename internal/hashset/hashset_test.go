package hashset_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/zeebo/xxh3"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/hashset"
)

func encode(t testing.TB, sorted []uint64) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := hashset.NewWriter(&out, uint64(len(sorted)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range sorted {
		if err := w.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decode(r io.Reader, most uint64) (all []uint64, err error) {
	in, err := hashset.NewReader(r, most)
	if err != nil {
		return nil, err
	}
	for {
		f, err := in.Next()
		if errors.Is(err, io.EOF) {
			if uint64(len(all)) != in.Len() {
				return nil, errors.New("not as many as it says")
			}
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
}

// What is written is read again, however the bytes come.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 40), rapid.Uint64Range(math.MaxUint64-40, math.MaxUint64))).Draw(t, "fingerprints")
		slices.Sort(all)
		all = slices.Compact(all)
		var out bytes.Buffer
		w, err := hashset.NewWriter(&out, uint64(len(all)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			if err := w.Add(f); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		in := io.Reader(&out)
		if rapid.Bool().Draw(t, "byte by byte") {
			in = iotest.OneByteReader(in)
		}
		if got, err := decode(in, uint64(len(all))); err != nil || !slices.Equal(all, got) {
			t.Fatalf("%d are read as %d, %v", len(all), len(got), err)
		}
	})
}

// The bytes are what the package comment says: written by hand.
func TestBytes(t *testing.T) {
	// n is 2, so k is floor(log2(2^63 ln 2)) = 62. The gaps are 1 and 2^62+1:
	// a 0 and 62 bits of 1, then a 1, a 0 and 62 bits of 1.
	want := "746f6373696e206861736865" + "7320310a" + "0200000000000000" + "0200000000000080" + "0200000000000000"
	got := encode(t, []uint64{1, 1 + 1<<62 + 1 + 1})
	if hex.EncodeToString(got[:len(got)-8]) != want {
		t.Errorf("a set of two is %x, want %s and the checksum", got, want)
	}
	if n := len(encode(t, nil)); n != 32 {
		t.Errorf("an empty set has %d bytes, want 32", n)
	}
}

func TestFingerprint(t *testing.T) {
	// Fixed for ever: partners compare sets of different versions.
	if got, want := hashset.Fingerprint("domain-name", "evil.example"), xxh3.HashStringSeed("domain-name\x00evil.example", 0x746f6373696e2031); got != want || got != 0x89f551e7abfa8ac3 {
		t.Errorf("%#x, want %#x", got, want)
	}
	long := strings.Repeat("x", 5000)
	if hashset.Fingerprint("url", long) != xxh3.HashStringSeed("url\x00"+long, hashset.Seed) {
		t.Error("a long text has another fingerprint")
	}
	text := strings.Repeat("0a", 64)
	if n := testing.AllocsPerRun(100, func() { hashset.Fingerprint("file:sha-512", text) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWriterRefuses(t *testing.T) {
	if _, err := hashset.NewWriter(io.Discard, hashset.Most+1); err == nil {
		t.Error("too many are taken")
	}
	w, _ := hashset.NewWriter(io.Discard, 3)
	if err := w.Add(5); err != nil {
		t.Fatal(err)
	}
	for _, f := range []uint64{0, 4, 5} {
		if err := w.Add(f); err == nil {
			t.Errorf("%d is taken after 5", f)
		}
	}
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "2 fingerprints less") {
		t.Errorf("closed too early: %v", err)
	}
	if err := w.Add(math.MaxUint64); err != nil {
		t.Fatal(err)
	}
	if err := w.Add(7); err == nil {
		t.Error("7 is taken after the greatest")
	}
	w, _ = hashset.NewWriter(io.Discard, 0)
	if err := w.Add(1); err == nil {
		t.Error("more than announced are taken")
	}
	failure := errors.New("disk full")
	for fail := range 2 {
		w, _ = hashset.NewWriter(&failing{fail, failure}, 0)
		if err := w.Close(); !errors.Is(err, failure) {
			t.Errorf("write %d fails: %v", fail, err)
		}
	}
}

type failing struct {
	left int
	err  error
}

func (f *failing) Write(b []byte) (int, error) {
	if f.left == 0 {
		return 0, f.err
	}
	f.left--
	return len(b), nil
}

// Every bit counts, and every byte: nothing damaged is taken for sound.
func TestDamageIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := make([]uint64, 60)
	for i := range all {
		all[i] = rng.Uint64()
	}
	slices.Sort(all)
	good := encode(t, all)
	check := func(what string, b []byte) {
		t.Helper()
		if got, err := decode(bytes.NewReader(b), 1000); !errors.Is(err, hashset.ErrInvalid) {
			t.Errorf("%s: %d fingerprints, %v", what, len(got), err)
		}
	}
	for i := range 8 * len(good) {
		bad := slices.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		check("bit "+strconv.Itoa(i), bad)
	}
	for i := range good {
		check("cut at "+strconv.Itoa(i), good[:i])
	}
	check("something behind", append(slices.Clone(good), 0))
	if _, err := decode(bytes.NewReader(good), 59); !errors.Is(err, hashset.ErrInvalid) || !strings.Contains(err.Error(), "at most 59") {
		t.Errorf("more than the limit: %v", err)
	}
	failure := errors.New("connection reset")
	for _, cut := range []int{0, 20, 30, 200, len(good) - 4, len(good)} {
		if _, err := decode(io.MultiReader(bytes.NewReader(good[:cut]), iotest.ErrReader(failure)), 1000); !errors.Is(err, failure) || errors.Is(err, hashset.ErrInvalid) {
			t.Errorf("reading fails after %d bytes: %v", cut, err)
		}
	}
}

// resealed gives bytes a right checksum.
func resealed(b []byte) []byte {
	sum := xxh3.Hash(b)
	for i := range 8 {
		b = append(b, byte(sum>>(8*i)))
	}
	return b
}

// A maker who means harm can compute checksums.
func TestHostileSets(t *testing.T) {
	header := func(n byte) []byte { return append([]byte("tocsin hashes 1\n"), n, 0, 0, 0, 0, 0, 0, 0) }
	for what, b := range map[string][]byte{
		"nothing but ones":            append(header(3), bytes.Repeat([]byte{0xff}, 1<<20)...),
		"two beyond the greatest":     append(header(2), 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0),
		"no zeros at the end":         append(header(1), 0, 0, 0, 0, 0, 0, 0, 0x80, 0x01),
		"a byte more than is needed":  append(header(1), 0, 0, 0, 0, 0, 0, 0, 0, 0),
		"a byte where none is needed": append(header(0), 0),
		"none of one":                 header(1),
	} {
		if got, err := decode(bytes.NewReader(resealed(b)), 1000); !errors.Is(err, hashset.ErrInvalid) {
			t.Errorf("%s: read as %x, %v", what, got, err)
		}
	}
}

// Whatever is read without an error is written in the same way.
func FuzzReader(f *testing.F) {
	for _, all := range [][]uint64{nil, {0}, {math.MaxUint64}, {1, 2, 3, 1 << 63, math.MaxUint64}} {
		b := encode(f, all)
		f.Add(b[:len(b)-8])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = resealed(slices.Clone(b))
		all, err := decode(bytes.NewReader(b), 1<<16)
		if err != nil {
			return
		}
		if !bytes.Equal(encode(t, all), b) {
			t.Errorf("%x has %x and is written in another way", b, all)
		}
	})
}
