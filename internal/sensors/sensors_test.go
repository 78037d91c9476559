package sensors_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/sensors"
)

const record = `{"timestamp":"2017-05-12T07:24:03.000000+0000","dns":{"rrname":"evil.example"}}` + "\n"

// source is a place that is read in a test.
type source struct {
	t *testing.T
	*sensors.Sensor
	cancel func()
}

func open(t *testing.T, place sensors.Place, from sensors.Position) *source {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := sensors.Open(ctx, place, nil, from, func() {}, func(text string) { t.Log(text) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &source{t: t, Sensor: s, cancel: cancel}
}

// next reads a record's name and where reading would go on after it.
func (s *source) next() (name string, at sensors.Position) {
	s.t.Helper()
	e, err := s.Next()
	if err != nil {
		s.t.Fatal(err)
	}
	at, _ = s.Position(e.End, e.Line)
	return e.Name, at
}

func write(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func named(name string) string {
	return `{"timestamp":"2017-05-12T07:24:03.000000+0000","dns":{"rrname":"` + name + `"}}` + "\n"
}

// What was read before a restart is not read again, also across a rotation.
func TestAFileIsTakenUpAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eve.json")
	write(t, path, named("one.example")+named("two.example")+named("three.example"))
	place := sensors.Place{Kind: sensors.EVE, From: path}
	first := open(t, place, sensors.Position{})
	if name, _ := first.next(); name != "one.example" {
		t.Fatal(name)
	}
	_, at := first.next()
	first.cancel()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, path, named("four.example"))
	second := open(t, place, at)
	for _, want := range []string{"three.example", "four.example"} {
		if name, _ := second.next(); name != want {
			t.Errorf("%s, want %s", name, want)
		}
	}
}

func TestASocketIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eve.sock")
	s := open(t, sensors.Place{Kind: sensors.EVE, From: "unix:" + path}, sensors.Position{})
	c, err := net.DialTimeout("unix", path, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, record); err != nil {
		t.Fatal(err)
	}
	if name, _ := s.next(); name != "evil.example" {
		t.Error(name)
	}
	s.cancel()
	if _, err := s.Next(); err == nil {
		t.Error("the context ended and the sensor did not")
	}
}

func TestOnceEndsWithTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "eve.json")
	write(t, path, record)
	s := open(t, sensors.Place{Kind: sensors.EVE, From: path, Once: true}, sensors.Position{})
	s.next()
	if _, err := s.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	for _, place := range []sensors.Place{
		{Kind: sensors.EVE, From: filepath.Join(t.TempDir(), "none")},
		{Kind: sensors.PCAP, From: filepath.Join(t.TempDir(), "none")},
		{Kind: "smoke", From: "/dev/null", Once: true},
	} {
		if _, err := sensors.Open(t.Context(), place, nil, sensors.Position{}, func() {}, nil); err == nil {
			t.Errorf("%s was opened", place)
		}
	}
}
