package signin_test

import (
	"bytes"
	"net/http/httptest"
	"testing"
)

// TestSessionsElsewhere has a browser that signed in at one machine be known at
// another, until it signs out.
func TestSessionsElsewhere(t *testing.T) {
	here, there := cheapDoor(t), cheapDoor(t)
	var words [][]byte
	here.Sessions.Elsewhere(func(word []byte) { words = append(words, bytes.Clone(word)) })
	p := here.person()
	b, _ := here.signed(p, password)
	if len(words) != 1 {
		t.Fatalf("%d words were said of one session", len(words))
	}
	if _, known := there.Sessions.Current(b.request()); known {
		t.Fatal("it is known before it was told of")
	}
	if err := there.Sessions.Hear(words[0]); err != nil {
		t.Fatal(err)
	}
	if one, known := there.Sessions.Current(b.request()); !known || one.Person != p.ID {
		t.Fatalf("it is not known elsewhere: %+v", one)
	}
	if err := here.SignOut(t.Context(), httptest.NewRecorder(), b.request()); err != nil {
		t.Fatal(err)
	}
	for _, word := range words[1:] {
		if err := there.Sessions.Hear(word); err != nil {
			t.Fatal(err)
		}
	}
	if _, known := there.Sessions.Current(b.request()); known {
		t.Error("it is known elsewhere after it ended")
	}
}

func FuzzHear(f *testing.F) {
	f.Add([]byte(`{"began":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","data":"AAAA"}]}`))
	f.Add([]byte(`{"ended":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}`))
	f.Add([]byte(`{`))
	d := cheapDoor(f)
	f.Fuzz(func(t *testing.T, word []byte) {
		if err := d.Sessions.Hear(word); err != nil && len(d.Sessions.Of("")) > 0 {
			t.Errorf("%q is refused (%v), and there is a session of it", word, err)
		}
	})
}
