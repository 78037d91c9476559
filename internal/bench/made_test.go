package bench

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json"
)

// What is measured with is what it is said to be: the same for a seed, another
// for another, of the size that the figures count with.
func TestSynthetic(t *testing.T) {
	const n = 500
	seen, size := map[string]bool{}, 0
	for i := range n {
		one := synthetic{3}.appendObject(nil, i)
		if !bytes.Equal(one, synthetic{3}.appendObject([]byte("x"), i)[1:]) || bytes.Equal(one, synthetic{4}.appendObject(nil, i)) {
			t.Fatalf("object %d does not follow from its seed", i)
		}
		var o struct {
			Type string `json:"type"`
			ID   string `json:"id"`
		}
		if err := json.Unmarshal(one, &o); err != nil || o.ID != (synthetic{3}).id(i) || o.Type != kind(i) || seen[o.ID] {
			t.Fatalf("object %d: %v %s", i, err, one)
		}
		seen[o.ID] = true
		size += len(one)
	}
	if mean := size / n; mean < objectSize-10 || mean > objectSize+10 {
		t.Errorf("an object has %d bytes, want about %d", mean, objectSize)
	}
}

// The same seed makes the same requests, another others; most are changed, and
// all can be sent.
func TestMutator(t *testing.T) {
	base := question{method: "POST", target: "/a/b?c=d", header: [][2]string{{"Content-Type", "application/json"}}, body: []byte(`{"name":"x","list":[1,2,true]}`)}
	from := func(seed uint64) mutator {
		return mutator{seed: seed, corpus: []question{base.clone(), {method: "GET", target: "/e"}}, tokens: []string{"t"}, sessions: []string{"s=1"}}
	}
	m := from(1)
	const n = 300
	differ, framed := 0, 0
	for i := range n {
		one := m.nth(i)
		if !bytes.Equal(one.bytes(), from(1).nth(i).bytes()) {
			t.Fatalf("request %d is another each time", i)
		}
		if !bytes.Equal(one.bytes(), from(2).nth(i).bytes()) {
			differ++
		}
		if one.framed() {
			framed++
		}
	}
	if differ < n*9/10 || framed < n*8/10 {
		t.Errorf("of %d requests %d differ from those of another seed, and %d have an end", n, differ, framed)
	}
	if !bytes.Equal(m.corpus[0].bytes(), base.bytes()) {
		t.Error("a mutation changed the corpus")
	}
}
