package warninglist

import (
	"testing"

	"pgregory.net/rapid"
)

// A table says what a map would.
func TestTableIsAMap(t *testing.T) {
	type key struct {
		kind kind
		text string
	}
	keys := rapid.Custom(func(t *rapid.T) key {
		return key{rapid.SampledFrom([]kind{kindName, kindMD5}).Draw(t, "kind"), rapid.StringMatching(`[ab]{0,4}`).Draw(t, "text")}
	})
	rapid.Check(t, func(t *rapid.T) {
		var got table
		want := map[key]meta{}
		for range rapid.IntRange(0, 60).Draw(t, "entries") {
			k := keys.Draw(t, "key")
			m := meta(rapid.IntRange(0, maxLists).Draw(t, "list")) | rapid.SampledFrom([]meta{0, listed, listed | below, listed | strangers}).Draw(t, "flags")
			got.add(k.kind, k.text, m)
			old, twice := want[k]
			switch {
			case !twice:
				want[k] = m
			case m.is(listed) && !old.is(listed):
				want[k] = m // an entry itself is named before a name above one
			default:
				want[k] = old | m&^maxLists
			}
		}
		got.trim()
		if got.count != len(want) {
			t.Fatalf("%d entries, want %d", got.count, len(want))
		}
		for range 20 {
			k := keys.Draw(t, "asked")
			m, found := got.find(k.kind, k.text)
			if wanted, held := want[k]; found != held || m != wanted {
				t.Fatalf("%v: %v %t, want %v %t", k, m, found, wanted, held)
			}
		}
	})
}
