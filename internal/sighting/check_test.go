package sighting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/sighting"
)

// sound is a report of everything that there is, with the least that is taken.
const sound = `{"id":"report-1","sector":"x","country":"XX",
"sightings":[{"type":"domain-name","value":"Worm.Example.","basis":"sinkhole","count":1,"hosts":0,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:24:00Z",
 "of":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","attached":{"a":"b"}}],
"scans":[{"port":445,"sources":3,"fresh":3,"contacts":9,"dark":9,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:25:00Z"},
 {"port":1,"direction":"in","sources":1,"contacts":0,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:25:00Z"}],
"encryptions":[{"extension":".WNCRY","hosts":1,"files":1,"folders":0,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:24:00Z"},
 {"note":"@Please_Read_Me@.txt","hosts":1,"files":0,"folders":1,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:24:00Z"},
 {"extension":".id-1 [a@b.example].locked","note":"Liés moi.txt","hosts":1,"files":1,"folders":1,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:24:00Z"}]}`

func readReport(t testing.TB, text string) sighting.Report {
	t.Helper()
	var r sighting.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsMeantIsTakenInOneSpelling(t *testing.T) {
	got, err := sighting.Check(readReport(t, sound))
	if err != nil {
		t.Fatal(err)
	}
	want := readReport(t, sound)
	want.TLP, want.Sightings[0].Text, want.Encryptions[0].Extension = "green", "worm.example", ".wncry"
	want.Scans[0].Direction = sighting.Out
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got) %s", diff)
	}
}

func TestWhatCannotBeMeantIsRefusedAtItsPlace(t *testing.T) {
	for place, spoil := range map[string]func(*sighting.Report){
		"/id":                    func(r *sighting.Report) { r.ID = "short" },
		"/tlp":                   func(r *sighting.Report) { r.TLP = "red" },
		"a report has 1 to 1000": func(r *sighting.Report) { r.Sightings, r.Scans, r.Encryptions = nil, nil, nil },
		"this one has 1005":      func(r *sighting.Report) { r.Encryptions = append(r.Encryptions, make([]sighting.Encryption, 999)...) },
		"/sightings/0: ":         func(r *sighting.Report) { r.Sightings[0].Text = "not a name" },
		"/sightings/0/basis":     func(r *sighting.Report) { r.Sightings[0].Basis = "hearsay" },
		"/sightings/0/count":     func(r *sighting.Report) { r.Sightings[0].Count = 0 },
		"/sightings/0/hosts":     func(r *sighting.Report) { r.Sightings[0].Hosts = -1 },
		"/sightings/0/of":        func(r *sighting.Report) { r.Sightings[0].Of = "indicator--1" },
		"/sightings/0/attached": func(r *sighting.Report) {
			r.Sightings[0].Attached["a"] = strings.Repeat("x", sighting.MaxAttachedText+1)
		},
		"/sightings/0/first_seen":   func(r *sighting.Report) { r.Sightings[0].FirstSeen = time.Time{} },
		"/scans/0/port":             func(r *sighting.Report) { r.Scans[0].Port = 0 },
		"/scans/0/direction":        func(r *sighting.Report) { r.Scans[0].Direction = "sideways" },
		"/scans/0/sources":          func(r *sighting.Report) { r.Scans[0].Sources = 0 },
		"/scans/1/sources":          func(r *sighting.Report) { r.Scans[1].Sources = (1 << 40) + 1 },
		"/scans/0/fresh: 4 of 3":    func(r *sighting.Report) { r.Scans[0].Fresh = 4 },
		"/scans/0/fresh: -1":        func(r *sighting.Report) { r.Scans[0].Fresh = -1 },
		"/scans/0/contacts":         func(r *sighting.Report) { r.Scans[0].Contacts = -1 },
		"/scans/0/dark":             func(r *sighting.Report) { r.Scans[0].Dark = -1 },
		"/scans/0/first_seen":       func(r *sighting.Report) { r.Scans[0].LastSeen = r.Scans[0].FirstSeen.Add(-1) },
		"/encryptions/0: ":          func(r *sighting.Report) { r.Encryptions[0].Extension = "" },
		"/encryptions/0/extension":  func(r *sighting.Report) { r.Encryptions[0].Extension = "wncry" },
		"/encryptions/0/files":      func(r *sighting.Report) { r.Encryptions[0].Files = 0 },
		"/encryptions/1/folders":    func(r *sighting.Report) { r.Encryptions[1].Folders = 0 },
		"/encryptions/1/hosts":      func(r *sighting.Report) { r.Encryptions[1].Hosts = 0 },
		"/encryptions/1/note":       func(r *sighting.Report) { r.Encryptions[1].Note = "a/b" },
		"/encryptions/2/first_seen": func(r *sighting.Report) { r.Encryptions[2].FirstSeen = time.Time{} },
	} {
		r := readReport(t, sound)
		spoil(&r)
		if _, err := sighting.Check(r); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: %v", place, err)
		}
	}
}

// What is shown to people can neither leave its line nor reorder it, and is no
// path on anybody's disk.
func TestNamesOfFiles(t *testing.T) {
	for name, ok := range map[string]bool{
		".wncry": true, ".Ünlock": true, ".": false, "": true, "a.wncry": false, ".a/b": false, `.a\b`: false, ".a\x00": false, ".a\nb": false,
		".a\u202etxt": false, ".a\x1b[2J": false, ".a\xff": false, "." + strings.Repeat("x", 31): true, "." + strings.Repeat("x", 32): false,
	} {
		r := readReport(t, sound)
		r.Encryptions[2].Extension = name
		if _, err := sighting.Check(r); (err == nil) != ok {
			t.Errorf("extension %q: %v", name, err)
		}
		r = readReport(t, sound)
		r.Encryptions[2].Extension, r.Encryptions[2].Note = ".x", name
		if _, err := sighting.Check(r); (err == nil) != (ok || name == "." || name == "a.wncry" || len(name) == 33) {
			t.Errorf("note %q: %v", name, err)
		}
	}
	r := readReport(t, sound)
	r.Encryptions[1].Note = strings.Repeat("x", 128+1)
	if _, err := sighting.Check(r); err == nil {
		t.Error("a note of 129 bytes is taken")
	}
}

// Whatever a partner sends: what is taken is taken again unchanged, and is
// within its bounds.
func FuzzChecked(f *testing.F) {
	f.Add(sound)
	f.Add(`{"id":"12345678","encryptions":[{"extension":".\u0130","hosts":1,"files":1}]}`)
	f.Add(`{"id":"12345678","scans":[{"port":1,"sources":1099511627777}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var r sighting.Report
		if json.Unmarshal([]byte(text), &r) != nil {
			return
		}
		once, err := sighting.Check(r)
		if err != nil {
			return
		}
		written, err := json.Marshal(once)
		if err != nil {
			return // a year that JSON does not write; the append refuses it
		}
		again, err := sighting.Check(readReport(t, string(written)))
		if err != nil {
			t.Fatalf("what was taken is refused: %v\n%s", err, written)
		}
		second, err := json.Marshal(again)
		if err != nil || string(second) != string(written) {
			t.Fatalf("taken again it is another: %v\n%s\n%s", err, written, second)
		}
		for _, e := range once.Encryptions {
			if len(e.Extension) > 32 || len(e.Note) > 128 || strings.ContainsAny(e.Extension+e.Note, "/\\\x00\n\x1b") {
				t.Fatalf("taken: %+v", e)
			}
		}
	})
}
