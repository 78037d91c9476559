package dossier_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/storedzip"
	"github.com/tocsin-project/tocsin/internal/trust"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// input is a case as the hub hands it to Compose.
func input(tb testing.TB, c *dossiertest.Case) dossier.Input {
	tb.Helper()
	keys, err := trust.Parse([]byte(c.Keys()), false)
	if err != nil {
		tb.Fatal(err)
	}
	in := dossier.Input{Records: c.Records, Indexes: c.LoggedAt, Keys: keys}
	for i, entry := range c.Acts {
		act, err := voters.ParseAct(bytes.TrimSuffix(bytes.TrimPrefix(entry, []byte("tocsin-key/v1\n")), []byte("\n")))
		if err != nil {
			tb.Fatal(err)
		}
		in.KeyActs = append(in.KeyActs, voters.Logged{Act: act, Index: c.ActsAt[i]})
	}
	return in
}

// publish makes the dossier of a case in the way of a hub.
func publish(tb testing.TB, c *dossiertest.Case) []byte {
	tb.Helper()
	draft, err := dossier.Compose(input(tb, c))
	if err != nil {
		tb.Fatal(err)
	}
	index := c.World.Append(draft.Leaf())[0]
	data, err := draft.Finish(dossier.Proofs{
		Index: index, Checkpoint: c.World.Cosigned(2), History: c.World.History, Log: c.World.Log,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// unpack is the files of a dossier, copied.
func unpack(tb testing.TB, data []byte) map[string][]byte {
	tb.Helper()
	files, err := storedzip.Read(data, dossier.MaxSize)
	if err != nil {
		tb.Fatal(err)
	}
	for name, content := range files {
		files[name] = bytes.Clone(content)
	}
	return files
}

// secondVerifier has the attacks judged by contrib/verify.py, too, which takes
// half a minute.
const secondVerifier = "TOCSIN_SECOND_VERIFIER"

// verify is the report on a dossier. If asked for, the second verifier's verdict
// and the first check that fails there are held against it; which later checks
// can still be made is each verifier's own affair.
func verify(t *testing.T, data []byte, trust string) dossier.Report {
	t.Helper()
	r := dossier.Verify(data, dossier.Options{Trust: []byte(trust)})
	if os.Getenv(secondVerifier) == "" {
		return r
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"dossier": data, "keys": []byte(trust)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("python3", "../../contrib/verify.py", filepath.Join(dir, "dossier"), "--trust", filepath.Join(dir, "keys"), "--json").Output()
	var second dossier.Report
	if parsed := json.Unmarshal(out, &second); parsed != nil {
		t.Fatalf("the second verifier: %v: %v: %s", err, parsed, out)
	}
	if ours, theirs := append(failed(r), "none")[0], append(failed(second), "none")[0]; second.Verdict != r.Verdict || ours != theirs {
		t.Errorf("the second verifier says %s, the first failure is %s; the first says %s, %s\n%s%s", second.Verdict, theirs, r.Verdict, ours, table(second), table(r))
	}
	return r
}

// failed lists the names of the checks that do not hold.
func failed(r dossier.Report) []string {
	var names []string
	for _, c := range r.Checks {
		if !c.OK {
			names = append(names, c.Name)
		}
	}
	return names
}

// table is a report for a failing test's message.
func table(r dossier.Report) string {
	var b strings.Builder
	b.WriteString(string(r.Verdict) + "\n")
	for _, c := range r.Checks {
		state := "ok"
		if !c.OK {
			state = "FAILED"
		}
		b.WriteString("\t" + c.Name + "\t" + state + "\t" + c.Detail + "\n")
	}
	return b.String()
}
