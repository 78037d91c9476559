package dossier_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/storedzip"
)

// TestRepacked is what somebody without any key makes of a dossier: manifest and
// container are written anew after the change. The checks that find it out are
// listed, all of them.
func TestRepacked(t *testing.T) {
	c := dossiertest.Small(t)
	honest, trust := unpack(t, publish(t, c)), c.Keys()
	const afterRecords = " votes policy replies seals scores page stix" // not to be made without the lines
	for name, attack := range map[string]struct {
		change func(files map[string][]byte)
		want   string
	}{
		"nothing":                      {func(map[string][]byte) {}, ""},
		"a word of the statement":      {replace("records.jsonl", "cluster wrote", "cluster stole"), "inclusion records votes policy scores page stix"},
		"a number of a rating":         {replace("records.jsonl", `"likelihood":0.25`, `"likelihood":0.75`), "inclusion records scores page stix"},
		"a vote":                       {replace("records.jsonl", `"vote":"dissent"`, `"vote":"endorse"`), "inclusion records votes scores page stix"},
		"the page":                     {replace("index.html", "In our own words: dissent", "In our own words: endorse"), "inclusion page"},
		"a score":                      {replace("scores.json", `"decisive":false`, `"decisive":true`), "inclusion scores"},
		"the bundle":                   {replace("stix.json", "strongly-disagree", "strongly-agree"), "inclusion stix"},
		"the dissenting vote left out": {dropLine("records.jsonl", `"vote":"dissent"`), "inclusion records keyacts votes policy scores page stix"},
		"everything after the publication left out": {func(files map[string][]byte) {
			for _, line := range []string{"case.unsealed", `"relation":"comment"`, `"relation":"denial"`} {
				dropLine("records.jsonl", line)(files)
			}
			lines := bytes.SplitAfter(files["proofs.jsonl"], []byte("\n"))
			files["proofs.jsonl"] = bytes.Join(append(lines[:len(lines)-5], lines[len(lines)-2]), nil)
		}, "inclusion page stix"},
		"two records in the other order": {func(files map[string][]byte) {
			lines := bytes.SplitAfter(files["records.jsonl"], []byte("\n"))
			lines[3], lines[4] = lines[4], lines[3]
			files["records.jsonl"] = bytes.Join(lines, nil)
		}, "inclusion records scores page stix"},
		"an older checkpoint": {func(files map[string][]byte) {
			files["checkpoint"] = c.World.History[len(c.World.History)-1]
		}, "history inclusion"},
		"a cosignature stripped":    {dropLine("checkpoint", "witness2.example"), "checkpoint"},
		"all cosignatures stripped": {func(files map[string][]byte) { files["checkpoint"] = c.World.Cosigned(0) }, "checkpoint"},
		"an earlier checkpoint's cosignature stripped": {func(files map[string][]byte) {
			i := bytes.Index(files["history.jsonl"], []byte("— witness2"))
			end := i + bytes.Index(files["history.jsonl"][i:], []byte(`\n`)) + 2
			files["history.jsonl"] = append(files["history.jsonl"][:i:i], files["history.jsonl"][end:]...)
		}, "history"},
		"an unknown file":      {func(files map[string][]byte) { files["note.txt"] = []byte("read me first") }, "container"},
		"a missing file":       {func(files map[string][]byte) { delete(files, "history.jsonl") }, "container history"},
		"no records":           {func(files map[string][]byte) { delete(files, "records.jsonl") }, "container manifest inclusion records keyacts" + afterRecords},
		"a member twice":       {replace("records.jsonl", `"likelihood":0.25`, `"likelihood":0.25,"likelihood":0.25`), "inclusion records keyacts" + afterRecords},
		"a member too many":    {replace("records.jsonl", `"n":1,`, `"n":1,"note":"",`), "inclusion records keyacts" + afterRecords},
		"a space":              {replace("records.jsonl", `"n":1,`, `"n": 1,`), "inclusion records keyacts" + afterRecords},
		"a proof for another":  {dropLine("proofs.jsonl", ""), "inclusion keyacts votes policy page stix"},
		"another key of voter": {replace("keys.txt", "voter ", "# voter "), "inclusion"},
		"a key act left out":   {dropLine("keyacts.jsonl", "rotate"), "inclusion keyacts votes policy page stix"},
		"no history":           {func(files map[string][]byte) { files["history.jsonl"] = nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(honest)
			attack.change(files)
			files["manifest.txt"] = dossiertest.Manifest(files)
			r := verify(t, storedzip.Write(files), trust)
			if diff := cmp.Diff(attack.want, strings.Join(failed(r), " ")); diff != "" {
				t.Errorf("failed (-want +got):\n%s%s", diff, table(r))
			}
		})
	}
}

// dropLine takes the first line with a text out of a file.
func dropLine(name, with string) func(map[string][]byte) {
	return func(files map[string][]byte) {
		var kept [][]byte
		dropped := false
		for _, line := range bytes.SplitAfter(files[name], []byte("\n")) {
			if !dropped && bytes.Contains(line, []byte(with)) {
				dropped = true
				continue
			}
			kept = append(kept, line)
		}
		if !dropped {
			panic(name + " has no line with " + with)
		}
		files[name] = bytes.Join(kept, nil)
	}
}

// TestFabricated is a dossier that is right in everything but whose keys it is
// signed with.
func TestFabricated(t *testing.T) {
	real, fake := dossiertest.Small(t), dossiertest.Small(t)
	data := publish(t, fake)
	if r := dossier.Verify(data, dossier.Options{}); r.Verdict != dossier.SelfConsistent {
		t.Errorf("without a trust file: %s", table(r))
	}
	for name, c := range map[string]struct{ trust, want string }{
		"keys":                          {real.Keys(), "checkpoint history votes policy"},
		"fingerprints":                  {dossiertest.Fingerprints(real.Keys()), "keys checkpoint history inclusion keyacts votes policy"},
		"the log's real key, no voters": {strings.Split(fake.Keys(), "voter ")[0], "votes policy"},
	} {
		r := verify(t, data, c.trust)
		if diff := cmp.Diff(c.want, strings.Join(failed(r), " ")); r.Verdict != dossier.Rejected || diff != "" {
			t.Errorf("with %s (-want +got):\n%s%s", name, diff, table(r))
		}
	}
}
