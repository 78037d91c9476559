package tail_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/tail"
)

// stopped has read the first 100 of the lines of a file that begins with 150.
func stopped(t *testing.T) (*sensor, tail.Position) {
	t.Helper()
	s := newSensor(t, numbered(0, 150)).follow(tail.Position{})
	s.wantNumbered(0, 100)
	p := s.at()
	s.stop()
	return s, p
}

func TestResume(t *testing.T) {
	zipped := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(text))
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, c := range []struct {
		name string
		away func(s *sensor)
		want [2]int // lines that follow
		told []tail.Notice
	}{
		{"as it was", func(*sensor) {}, [2]int{100, 150}, nil},
		{"grown", func(s *sensor) { s.append(s.path, numbered(150, 200)) }, [2]int{100, 200}, nil},
		{"rotated", func(s *sensor) {
			s.rename(s.path, s.path+".1")
			s.replace(s.path, numbered(150, 200))
		}, [2]int{100, 200}, nil},
		{"rotated three times", func(s *sensor) {
			s.rename(s.path, s.path+".3")
			s.replace(s.path+".2", numbered(150, 200))
			s.replace(s.path+".1", numbered(200, 250))
			s.replace(s.path, numbered(250, 300))
		}, [2]int{100, 300}, nil},
		{"named by Zeek's habit", func(s *sensor) {
			dir := filepath.Dir(s.path)
			s.rename(s.path, filepath.Join(dir, "eve-26-01-01_00.00.00.json"))
			s.replace(filepath.Join(dir, "eve-26-01-01_01.00.00.json"), numbered(150, 200))
			s.replace(filepath.Join(dir, "eve-stats.json"), "another log\n")
			s.replace(filepath.Join(dir, "everything.json"), "another log\n")
			s.replace(s.path, numbered(200, 250))
		}, [2]int{100, 250}, nil},
		{"under a name that says nothing", func(s *sensor) {
			s.rename(s.path, filepath.Join(filepath.Dir(s.path), "kept"))
			s.replace(s.path, numbered(150, 200))
		}, [2]int{100, 200}, nil},
		{"an older one is there, too", func(s *sensor) {
			s.rename(s.path, s.path+".1")
			s.replace(s.path+".2", "older\n")
			s.replace(s.path, numbered(150, 200))
		}, [2]int{100, 200}, nil},
		{"no new one yet", func(s *sensor) { s.rename(s.path, s.path+".1") }, [2]int{100, 150}, nil},
		{"packed", func(s *sensor) {
			s.replace(s.path+".2.gz", zipped(numbered(0, 150)))
			s.replace(s.path+".1.gz", zipped(numbered(150, 200)))
			s.replace(s.path, numbered(200, 250))
		}, [2]int{100, 250}, nil},
		{"being packed", func(s *sensor) {
			s.rename(s.path, s.path+".2")
			s.replace(s.path+".1", numbered(150, 200))
			s.replace(s.path+".1.gz", zipped(numbered(150, 200))[:20])
			s.replace(s.path, numbered(200, 250))
		}, [2]int{100, 250}, nil},
		{"copied and truncated", func(s *sensor) {
			s.replace(s.path+".1", numbered(0, 160))
			s.replace(s.path, numbered(160, 400))
		}, [2]int{100, 400}, nil},
		{"gone", func(s *sensor) {
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
			s.replace(s.path, numbered(150, 200))
		}, [2]int{150, 200}, []tail.Notice{{Kind: tail.Gone, Missing: int64(len(numbered(100, 150)))}}},
		{"gone, its inode used again", func(s *sensor) {
			s.replace(s.path, numbered(150, 400)) // longer than the position
		}, [2]int{150, 400}, []tail.Notice{{Kind: tail.Gone, Missing: int64(len(numbered(100, 150)))}}},
		{"packed beyond reading", func(s *sensor) {
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
			s.replace(s.path+".2.xz", "12345")
			s.replace(s.path+".1.zst", "123")
			s.replace(s.path, numbered(150, 200))
		}, [2]int{150, 200}, []tail.Notice{
			{Kind: tail.Gone, Missing: int64(len(numbered(100, 150)))},
			{Kind: tail.Unreadable, Missing: 5}, {Kind: tail.Unreadable, Missing: 3},
		}},
		{"packed and broken", func(s *sensor) {
			s.rename(s.path, s.path+".2")
			s.replace(s.path+".1.gz", "not packed")
			s.replace(s.path, numbered(150, 200))
		}, [2]int{100, 200}, []tail.Notice{{Kind: tail.Unreadable, Missing: 10}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, p := stopped(t)
			s.t = t
			c.away(s)
			s.follow(p)
			s.wantNumbered(c.want[0], c.want[1])
			if c.name != "no new one yet" {
				s.append(s.path, "more\n")
				s.want("more")
			}
			var told []tail.Notice
			for _, n := range s.all() {
				if n.Kind != tail.Rotated {
					if n.Text == "" || n.Path == "" {
						t.Errorf("notice %+v", n)
					}
					told = append(told, tail.Notice{Kind: n.Kind, Missing: n.Missing})
				}
			}
			if diff := cmp.Diff(c.told, told); diff != "" {
				t.Errorf("notices (-want +got):\n%s\n%v", diff, told)
			}
		})
	}
}

// After a power failure a file can be shorter than what was read of it.
func TestResumeAfterACut(t *testing.T) {
	s := newSensor(t, numbered(0, 1000)).follow(tail.Position{})
	s.wantNumbered(0, 1000)
	p := s.at()
	s.stop()
	if err := os.Truncate(s.path, int64(len(numbered(0, 500)))); err != nil {
		t.Fatal(err)
	}
	s.follow(p)
	s.append(s.path, numbered(1000, 1010))
	s.wantNumbered(1000, 1010)
	if n := s.told(tail.Truncated); !strings.Contains(n.Text, "was cut to") {
		t.Errorf("notice %+v", n)
	}
	// The same while it is followed.
	if err := os.Truncate(s.path, int64(len(numbered(0, 200)))); err != nil {
		t.Fatal(err)
	}
	s.toldTimes(2)
	s.append(s.path, numbered(2000, 2010))
	s.wantNumbered(2000, 2010)
	if at := s.at(); at.Offset != int64(len(numbered(0, 200))+len(numbered(2000, 2010))) {
		t.Errorf("the position is %+v", at)
	}
}

// The sensor is away, too: its file comes later.
func TestResumeBeforeThereIsAFile(t *testing.T) {
	s, p := stopped(t)
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	s.follow(p)
	if got := s.file.At(0, 0); got != p {
		t.Errorf("before anything is read the position is %+v, want %+v", got, p)
	}
	s.replace(s.path, "first\n")
	s.want("first")
	s.told(tail.Gone)
}

// Nothing of it had been written when it was stored.
func TestResumeWithAnEmptyFile(t *testing.T) {
	s := newSensor(t, "").follow(tail.Position{})
	p := s.at()
	s.stop()
	if p.HeadLength != 0 || p.Inode == 0 {
		t.Fatalf("the position is %+v", p)
	}
	later := time.Now().Add(time.Second)
	s.append(s.path, "one\n")
	s.rename(s.path, s.path+".1")
	if err := os.Chtimes(s.path+".1", later, later); err != nil {
		t.Fatal(err)
	}
	s.replace(s.path, "two\n")
	s.follow(p).want("one", "two")
	s.silent()
}

// Zeek names the fields in the first lines: who begins later needs them.
func TestThePreambleIsGivenAgain(t *testing.T) {
	header := "#separator \\x09\n#fields\tts\tuid\n"
	s := newSensor(t, header+numbered(0, 100)).follow(tail.Position{})
	s.want("#separator \\x09", "#fields\tts\tuid")
	s.wantNumbered(0, 50)
	p := s.at()
	if p.Line != 52 {
		t.Errorf("the position is %+v", p)
	}
	s.stop()
	s.follow(p)
	if got := s.at(); got != p {
		t.Errorf("the position is %+v, want %+v", got, p)
	}
	s.want("#separator \\x09")
	if got := s.at(); got.Offset != p.Offset || got.Line != p.Line {
		t.Errorf("within the preamble the position is %+v, want %+v", got, p)
	}
	s.want("#fields\tts\tuid")
	s.wantNumbered(50, 60)
	if got, want := s.at(), int64(len(header+numbered(0, 60))); got.Offset != want || got.Line != 62 {
		t.Errorf("the position is %+v, want %d, line 62", got, want)
	}
	// Stored in the middle of the preamble.
	s.stop()
	p.Offset, p.Line = int64(len("#separator \\x09\n")), 1
	s.follow(p)
	s.want("#separator \\x09", "#fields\tts\tuid", "line 0")
}

func TestRotationNamesDoNotCatchOtherLogs(t *testing.T) {
	s, p := stopped(t)
	dir := filepath.Dir(s.path)
	s.rename(s.path, s.path+".1")
	for i, name := range []string{"eve.json.bak", "eve.json.swp", "eve.json~", "eve2.json", "eve-dns.json", "eve.jsonl", "eve.json.1.tmp", "neve.json.1", "eve.json.lock"} {
		s.replace(filepath.Join(dir, name), fmt.Sprintf("other %d\n", i))
	}
	s.replace(s.path, numbered(150, 160))
	s.follow(p)
	s.wantNumbered(100, 160)
	s.silent()
}
