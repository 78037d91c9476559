package hashset_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/hashset"
)

// sure is how many bits of a fingerprint a Set holds at least.
const sure = 33

// holdSet: the set may have all that it was made of, and nothing that differs
// from each of them in its first bits.
func holdSet(t testing.TB, all, others []uint64) error {
	t.Helper()
	set, err := hashset.Load(bytes.NewReader(encode(t, all)), uint64(len(all)))
	if err != nil || set.Len() != len(all) {
		return fmt.Errorf("%d fingerprints are loaded: %v, %w", len(all), set, err)
	}
	first := map[uint64]bool{}
	for _, f := range all {
		first[f>>(64-sure)] = true
		if !set.May(f) {
			return fmt.Errorf("fingerprint %#x of %d is not there", f, len(all))
		}
	}
	for _, f := range others {
		if set.May(f) && !first[f>>(64-sure)] {
			return fmt.Errorf("fingerprint %#x is there, and was not among %d", f, len(all))
		}
	}
	return nil
}

func TestSetHasWhatItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// Some values are chosen so that they lie together.
		fingerprint := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 1<<34), rapid.Uint64Range(1<<64-1<<34, 1<<64-1))
		all := rapid.SliceOfN(fingerprint, 0, 200).Draw(rt, "all")
		slices.Sort(all)
		all = slices.Compact(all)
		others := rapid.SliceOfN(fingerprint, 0, 50).Draw(rt, "others")
		for i, f := range all {
			others = append(others, f^1<<(63-i%sure), f+1<<31, f-1<<31)
		}
		if err := holdSet(t, all, others); err != nil {
			rt.Fatal(err)
		}
	})
}

// A set whose makers crowd all into one bucket is as exact as any.
func TestSetOfCrowdedFingerprints(t *testing.T) {
	const crowd = 200_000
	var all, others []uint64
	for i := range uint64(crowd) {
		all = append(all, 2*i<<31)
		others = append(others, (2*i+1)<<31)
	}
	if err := holdSet(t, all, append(others, crowd<<32, 1<<63, 1<<64-1)); err != nil {
		t.Fatal(err)
	}
}

// Nothing of a set that is not sound is ever asked.
func TestSetOfDamagedBytesIsNone(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	all := make([]uint64, 300)
	for i := range all {
		all[i] = rng.Uint64()
	}
	slices.Sort(all)
	whole := encode(t, all)
	for n := range whole {
		damaged := bytes.Clone(whole)
		damaged[n] ^= 1 << (n % 8)
		for _, text := range [][]byte{whole[:n], damaged} {
			if set, err := hashset.Load(bytes.NewReader(text), hashset.Most); err == nil || set != nil {
				t.Fatalf("at byte %d: a set, %v", n, err)
			}
		}
	}
	if _, err := hashset.Load(bytes.NewReader(whole), uint64(len(all))-1); err == nil {
		t.Error("a set with more than was to be taken is taken")
	}
}

// BenchmarkSetMay looks up in TOCSIN_BENCH_INDICATORS fingerprints.
func BenchmarkSetMay(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	all := make([]uint64, indicators(b))
	for i := range all {
		all[i] = rng.Uint64()
	}
	slices.Sort(all)
	all = slices.Compact(all)
	set, err := hashset.Load(bytes.NewReader(encode(b, all)), uint64(len(all)))
	if err != nil {
		b.Fatal(err)
	}
	for name, asked := range map[string]func() uint64{
		"absent": rng.Uint64, "present": func() uint64 { return all[rng.IntN(len(all))] },
	} {
		questions := make([]uint64, 1<<20)
		for i := range questions {
			questions[i] = asked()
		}
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				set.May(questions[i%len(questions)])
				i++
			}
			b.ReportMetric(float64(set.Bytes())/float64(set.Len()), "B/indicator")
		})
	}
}
