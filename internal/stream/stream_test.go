package stream_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

var start = time.Date(2017, 5, 12, 7, 24, 0, 123456000, time.UTC)

// entries seals a ledger of the given bodies.
func entries(t interface{ Fatal(...any) }, bodies ...string) []ledger.Entry {
	var head ledger.Head
	var list []ledger.Entry
	for i, body := range bodies {
		e, _, err := ledger.Seal(ledger.Draft{
			Kind: "protection.decided", Actor: fmt.Sprintf("identity--%d", i), Body: []byte(body),
		}, head, start.Add(time.Duration(i)*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		list = append(list, e)
	}
	return list
}

func codec() *stream.Codec { return stream.NewCodec([32]byte{1, 2, 3}) }

func parse(t *testing.T, text []byte) stream.Line {
	t.Helper()
	l, err := stream.ParseLine(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLinesPassTheVerifierByteForByte(t *testing.T) {
	bodies := []string{
		`{"value":"evil.example"}`,
		`{ "spaced" :  [1, 2.50, 1e3] , "escaped":"\u0041\/\u2028é" }`,
		"{\n  \"pretty\": true\r\n}",
		`"a string"`,
		`{"big":123456789012345678901234567890,"\u0061":null}`,
	}
	w, v := codec().Writer("a", stream.Position{}), stream.Resume(stream.Mark{})
	for i, e := range entries(t, bodies...) {
		text, err := w.Next(e)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n != 1 || text[len(text)-1] != '\n' {
			t.Fatalf("entry %d came as %d lines: %q", e.Seq, n, text)
		}
		line := parse(t, text)
		var direct stream.Line // the way a reader without ParseLine takes it
		if err := json.Unmarshal(text, &direct); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(line, direct); diff != "" {
			t.Errorf("ParseLine and Unmarshal differ: %s", diff)
		}
		if err := v.Check(line); err != nil {
			t.Fatalf("entry %d: %v", e.Seq, err)
		}
		if line.N != uint64(i+1) || !line.Time.Equal(e.Time) || line.Kind != e.Kind || line.By != e.Actor {
			t.Errorf("line is %+v, entry was %+v", line, e)
		}
		if !strings.Contains(bodies[i], "\n") && string(line.Body) != bodies[i] {
			t.Errorf("body is %s, was %s", line.Body, bodies[i])
		}
	}
}

// The chain is a published format: another implementation has to get this too.
func TestChainOfTheFirstLine(t *testing.T) {
	e := entries(t, `{"a":1}`)[0]
	text, err := codec().Writer("a", stream.Position{}).Next(e)
	if err != nil {
		t.Fatal(err)
	}
	// printf '%064x%016x%016x' 0 1 1494573840123456 | xxd -r -p > x
	// printf '\022protection.decided\000\013identity--0\000\000\000\007{"a":1}' >> x; sha256sum x
	const want = "a7ac0ed199959ddb3b0ecb47d731861060ca97532e300df68ef416c3751eba39"
	if got := parse(t, text).Chain.String(); got != want {
		t.Errorf("chain %s, want %s", got, want)
	}
}

func TestWriterRefusesWhatCannotBeALine(t *testing.T) {
	list := entries(t, `{}`, ``, `{"a":1}{"b":2}`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}", `{`, `{"fine":true}`)
	w := codec().Writer("a", stream.Position{})
	if _, err := w.Next(list[0]); err != nil {
		t.Fatal(err)
	}
	at := w.Position()
	for _, e := range list[1:6] {
		if _, err := w.Next(e); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("entry %d", e.Seq)) {
			t.Errorf("body %q: error %v does not name the entry", e.Body, err)
		}
	}
	if _, err := w.Next(list[0]); err == nil {
		t.Error("an entry was told twice")
	}
	if w.Position() != at {
		t.Errorf("refused entries moved the reader from %+v to %+v", at, w.Position())
	}
	if _, err := w.Next(list[6]); err != nil {
		t.Error(err)
	}
}

func TestVerifierFindsEveryChange(t *testing.T) {
	var lines []stream.Line
	w := codec().Writer("a", stream.Position{})
	for _, e := range entries(t, `{"a":1}`, `{"a":2}`, `{"a":3}`) {
		text, err := w.Next(e)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, parse(t, bytes.Clone(text)))
	}
	at := stream.Resume(stream.Mark{})
	if err := at.Check(lines[0]); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*stream.Line)
		want   error
	}{
		{"a line left out", func(l *stream.Line) { *l = lines[2] }, stream.ErrGap},
		{"a line twice", func(l *stream.Line) { *l = lines[0] }, stream.ErrGap},
		{"renumbered", func(l *stream.Line) { *l = lines[2]; l.N = 2 }, stream.ErrAltered},
		{"body", func(l *stream.Line) { l.Body = []byte(`{"a":9}`) }, stream.ErrAltered},
		{"body's spelling", func(l *stream.Line) { l.Body = []byte(`{"a": 2}`) }, stream.ErrAltered},
		{"kind", func(l *stream.Line) { l.Kind = "protection.refused" }, stream.ErrAltered},
		{"by", func(l *stream.Line) { l.By = "hub" }, stream.ErrAltered},
		{"time", func(l *stream.Line) { l.Time = l.Time.Add(time.Microsecond) }, stream.ErrAltered},
		{"time below the microsecond", func(l *stream.Line) { l.Time = l.Time.Add(time.Nanosecond) }, stream.ErrAltered},
		{"chain", func(l *stream.Line) { l.Chain[31] ^= 1 }, stream.ErrAltered},
		{"no cursor", func(l *stream.Line) { l.Cursor = "" }, stream.ErrAltered},
		{"bytes moved from by to body", func(l *stream.Line) {
			l.By, l.Body = l.By[:1], append([]byte(l.By[1:]), l.Body...)
		}, stream.ErrAltered},
	}
	for _, tt := range tests {
		v := stream.Resume(at.Mark())
		changed := lines[1]
		tt.change(&changed)
		if err := v.Check(changed); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
		if v.Mark() != at.Mark() {
			t.Errorf("%s: the verifier moved on", tt.name)
		}
		if err := v.Check(lines[1]); err != nil {
			t.Errorf("%s: the true line no longer passes: %v", tt.name, err)
		}
	}
}

// Whatever is released, and wherever the reader breaks off and resumes with
// what it kept: it sees one gapless sequence, the same that an unbroken reader sees.
func TestResumingTellsTheSameStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bodies := make([]string, rapid.IntRange(1, 30).Draw(t, "entries"))
		for i := range bodies {
			bodies[i] = fmt.Sprintf(`{"i":%d}`, i)
		}
		list := entries(t, bodies...)
		c := codec()
		unbroken := c.Writer("r", stream.Position{})
		kept := stream.Mark{}
		w, v := c.Writer("r", stream.Position{}), stream.Resume(kept)
		n := uint64(0)
		for _, e := range list {
			if rapid.Bool().Draw(t, "hidden") {
				continue
			}
			if rapid.Bool().Draw(t, "broken off") {
				text, err := json.Marshal(v.Mark())
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(text, &kept); err != nil {
					t.Fatal(err)
				}
				at, err := c.Parse("r", kept.Cursor)
				if err != nil {
					t.Fatal(err)
				}
				if at != w.Position() {
					t.Fatalf("cursor leads to %+v, not to %+v", at, w.Position())
				}
				if at.Seq > 0 && !at.Matches(list[at.Seq-1]) {
					t.Fatalf("position %+v does not match its entry", at)
				}
				w, v = c.Writer("r", at), stream.Resume(kept)
			}
			text, err := w.Next(e)
			if err != nil {
				t.Fatal(err)
			}
			line, err := stream.ParseLine(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Check(line); err != nil {
				t.Fatal(err)
			}
			n++
			if line.N != n {
				t.Fatalf("line %d has n %d", n, line.N)
			}
			if _, err := unbroken.Next(e); err != nil {
				t.Fatal(err)
			}
		}
		if w.Position() != unbroken.Position() {
			t.Fatalf("broken off and resumed: %+v, unbroken: %+v", w.Position(), unbroken.Position())
		}
	})
}

func TestCursorIsBoundToReaderAndHub(t *testing.T) {
	w := codec().Writer("reader 1", stream.Position{})
	if _, err := w.Next(entries(t, `{}`)[0]); err != nil {
		t.Fatal(err)
	}
	text, err := codec().Writer("reader 1", w.Position()).Next(entries(t, `{}`, `{}`)[1])
	if err != nil {
		t.Fatal(err)
	}
	cursor := parse(t, text).Cursor
	if p, err := codec().Parse("reader 1", cursor); err != nil || p.N != 2 || p.Seq != 2 {
		t.Fatalf("own cursor: %+v, %v", p, err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	for name, parse := range map[string]func() (stream.Position, error){
		"another reader": func() (stream.Position, error) { return codec().Parse("reader 2", cursor) },
		"another hub":    func() (stream.Position, error) { return stream.NewCodec([32]byte{9}).Parse("reader 1", cursor) },
		"cut":            func() (stream.Position, error) { return codec().Parse("reader 1", cursor[:len(cursor)-1]) },
		"longer":         func() (stream.Position, error) { return codec().Parse("reader 1", cursor+"A") },
		"a number":       func() (stream.Position, error) { return codec().Parse("reader 1", "2") },
		"no base64":      func() (stream.Position, error) { return codec().Parse("reader 1", "!"+cursor[1:]) },
	} {
		if p, err := parse(); !errors.Is(err, stream.ErrCursor) || p != (stream.Position{}) || !strings.Contains(err.Error(), "start at the beginning") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	for i := range raw {
		raw[i] ^= 0x40
		if _, err := codec().Parse("reader 1", base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, stream.ErrCursor) {
			t.Errorf("cursor with byte %d changed: %v", i, err)
		}
		raw[i] ^= 0x40
	}
}

// A cursor must not tell how much of the ledger lies behind it.
func TestCursorsTellNothing(t *testing.T) {
	c := codec()
	a, b := c.Start("r"), c.Start("r")
	if a == b {
		t.Error("the same place has the same cursor: a reader could tell that nothing was hidden from it")
	}
	far := parse(t, line(t, c.Writer("r", stream.Position{Seq: 1 << 40, N: 1 << 30}), ledger.Entry{Seq: 1<<40 + 1, Time: start, Kind: "k", Body: []byte("{}")}))
	if len(far.Cursor) != len(a) {
		t.Errorf("lengths %d and %d differ", len(far.Cursor), len(a))
	}
	if p, err := c.Parse("r", a); err != nil || p != (stream.Position{}) {
		t.Errorf("start is %+v, %v", p, err)
	}
	if p, err := c.Parse("r", ""); err != nil || p != (stream.Position{}) {
		t.Errorf("no cursor is %+v, %v", p, err)
	}
}

func line(t *testing.T, w *stream.Writer, e ledger.Entry) []byte {
	t.Helper()
	text, err := w.Next(e)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func FuzzParseCursor(f *testing.F) {
	c := codec()
	f.Add(c.Start("r"))
	f.Add("")
	f.Add("AAAA")
	f.Add(strings.Repeat("A", 112))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := c.Parse("r", text)
		if err != nil && !errors.Is(err, stream.ErrCursor) {
			t.Fatalf("error %v is no ErrCursor", err)
		}
		if err == nil && p != (stream.Position{}) {
			t.Fatalf("the made-up cursor %q leads to %+v", text, p)
		}
	})
}

func FuzzParseLine(f *testing.F) {
	w := codec().Writer("r", stream.Position{})
	for _, e := range entries(f, `{"a":1}`, `[]`) {
		text, err := w.Next(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(text))
	}
	f.Add([]byte(`{"n":1,"n":2}`))
	f.Add([]byte(`{"n":1,"kind":"k","body":{},"time":"9999-12-31T23:59:59.999999999Z","cursor":"x","chain":"00"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := stream.ParseLine(text)
		if err != nil {
			if !errors.Is(err, stream.ErrLine) {
				t.Fatalf("error %v is no ErrLine", err)
			}
			return
		}
		v := stream.Resume(stream.Mark{})
		if err := v.Check(l); err != nil {
			return
		}
		// What passes says the same again when the hub's own writer says it.
		again, err := codec().Writer("r", stream.Position{}).Next(ledger.Entry{Seq: 1, Time: l.Time, Kind: l.Kind, Actor: l.By, Body: l.Body})
		if err != nil {
			return
		}
		if same, err := stream.ParseLine(again); err != nil || same.N != l.N || same.By != l.By {
			t.Fatalf("%q was written again as %q (%v)", text, again, err)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	for _, size := range []int{700, 100 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			body := []byte(`{"a":"` + strings.Repeat("x", size) + `"}`)
			w := codec().Writer("r", stream.Position{})
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := w.Next(ledger.Entry{Seq: ledger.Seq(i + 1), Time: start, Kind: "protection.decided", Actor: "hub", Body: body}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
