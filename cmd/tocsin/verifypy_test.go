package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
	"github.com/tocsin-project/tocsin/internal/storedzip"
)

// secondVerifier was written from docs/dossier.md alone.
const secondVerifier = "../../contrib/verify.py"

// opinion is what a verifier thinks of a dossier: how it ends, its verdict, and
// the first check that does not hold.
type opinion struct {
	Status  int
	Verdict dossier.Verdict
	Failed  string
}

// TestSecondVerifier runs both programs on the same dossier with everything that
// can be said on the command line; they have to agree.
func TestSecondVerifier(t *testing.T) {
	libraries := needPython(t)
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c := dossiertest.Small(t)
	honest := publishStory(t, c)
	fork := c.World.Fork()
	for fork.Log.Tree().Size < c.World.Log.Tree().Size {
		fork.Append([]byte("another entry\n"))
	}
	d, keys := write("dossier.zip", honest), write("keys", []byte(c.Keys()))
	files := unzip(t, honest)
	turned := c.Edit(func(r *attribution.Record, body dossiertest.Body) bool {
		if r.Kind == "case.vote" && r.By == c.Partners[1].ID {
			body["document"].(map[string]any)["vote"] = "dissent"
		}
		return true
	})
	lie := map[string][]byte{"records.jsonl": turned.Lines()}
	for _, name := range []string{"index.html", "keyacts.jsonl", "keys.txt", "scores.json", "stix.json"} {
		lie[name] = files[name]
	}
	spoiled := unzip(t, honest)
	spoiled["checkpoint"] = bytes.Replace(spoiled["checkpoint"], []byte("witness1.example"), []byte("witness9.example"), 1)

	accepted := opinion{0, dossier.Verified, ""}
	refused := func(check string) opinion { return opinion{1, dossier.Rejected, check} }
	type command struct {
		args []string
		want opinion
	}
	commands := map[string]command{
		"trusted":                                {[]string{d, "--trust", keys}, accepted},
		"by fingerprints":                        {[]string{d, "--trust", write("fingerprints", []byte(dossiertest.Fingerprints(c.Keys())))}, accepted},
		"nobody trusted":                         {[]string{d}, opinion{1, dossier.SelfConsistent, ""}},
		"self-consistent":                        {[]string{d, "--self-consistent"}, opinion{0, dossier.SelfConsistent, ""}},
		"foreign keys":                           {[]string{d, "--trust", write("foreign", []byte(dossiertest.NewCase(t).Keys()))}, refused("checkpoint")},
		"no keys":                                {[]string{d, "--trust", write("nothing", nil)}, refused("keys")},
		"spoiled keys":                           {[]string{d, "--trust", write("spoiled", []byte(c.Keys()+"quorum none\n"))}, refused("keys")},
		"same checkpoint":                        {[]string{d, "--trust", keys, "--checkpoint", write("same", files["checkpoint"])}, accepted},
		"a fork":                                 {[]string{d, "--trust", keys, "--checkpoint", write("fork", fork.Cosigned(2))}, refused("fork")},
		"a named file":                           {[]string{d, "--trust", keys, "--file", write("sample", []byte("sample"))}, accepted},
		"unnamed files":                          {[]string{d, "--trust", keys, "--file", write("sample2", []byte("sample")), "--file", write("other", []byte("other"))}, refused("file")},
		"a changed byte":                         {[]string{write("flipped", flip(honest, len(honest)/2)), "--trust", keys}, refused("container")},
		"a vote by a passkey for another choice": {[]string{write("turned", c.Under(turned).Pack(lie, 2)), "--trust", keys}, refused("records")},
		"a bad signature":                        {[]string{write("signature", storedzip.Write(spoiled)), "--trust", keys}, refused("checkpoint")},
	}
	signed := []string{"trusted", "a bad signature", "a vote by a passkey for another choice"} // worth a run with each library
	for name, command := range commands {
		programs := map[string][]string{"tocsin": {"tocsin", "verify"}, "verify.py": {"python3", secondVerifier}}
		if slices.Contains(signed, name) {
			for _, library := range libraries {
				programs["verify.py with "+library] = []string{"python3", secondVerifier, "--crypto", library}
			}
		}
		for program, args := range programs {
			args = append(append(args, command.args...), "--json")
			if got := opinionOf(t, args); got != command.want {
				t.Errorf("%s, %s: %+v, want %+v", name, program, got, command.want)
			}
		}
	}
	for name, args := range map[string][]string{"no such file": {filepath.Join(dir, "none")}, "no dossier": nil, "an unknown flag": {d, "--wrong"}} {
		for _, program := range [][]string{{"tocsin", "verify"}, {"python3", secondVerifier}} {
			err := exec.Command(program[0], append(program[1:], args...)...).Run()
			if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("%s, %s: %v, want exit status 2", name, program[0], err)
			}
		}
	}
}

// opinionOf runs a verifier that writes JSON.
func opinionOf(t *testing.T, args []string) opinion {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).Output()
	exit := new(exec.ExitError)
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var report dossier.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, exit.Stderr)
	}
	status := 0
	if err != nil {
		status = exit.ExitCode()
	}
	return opinion{status, report.Verdict, firstFailed(report)}
}

func firstFailed(r dossier.Report) string {
	for _, check := range r.Checks {
		if !check.OK {
			return check.Name
		}
	}
	return ""
}

// manyVerifications has verify.py judge, as a module, the pairs of files whose
// paths come on its standard input, so that Python starts once.
const manyVerifications = `
import json, sys
sys.path.insert(0, sys.argv[1])
import verify
verify.CRYPTO = verify.choose_crypto()
for line in sys.stdin:
    dossier, trust = (open(path, "rb").read() for path in line.split())
    verifier = verify.Verifier(dossier, trust)
    verifier.run()
    failed = [r["check"] for r in verifier.results if not r["ok"]]
    unexpected = [r["detail"] for r in verifier.results if r["detail"].startswith("unexpected ")]
    print(json.dumps({"Verdict": verifier.verdict(), "Failed": (unexpected + failed + [""])[0]}))
`

// sample is a dossier to be judged with a trust file.
type sample struct {
	name           string
	dossier, trust []byte
}

// bothOpinions are the verdicts of tocsin and of verify.py, each with the first
// check that fails.
func bothOpinions(t *testing.T, samples []sample) (first, second []string) {
	t.Helper()
	var paths []string
	dir := t.TempDir()
	for i, s := range samples {
		report := dossier.Verify(s.dossier, dossier.Options{Trust: s.trust})
		first = append(first, string(report.Verdict)+" "+firstFailed(report))
		d, k := filepath.Join(dir, fmt.Sprintf("%d.zip", i)), filepath.Join(dir, fmt.Sprintf("%d.keys", i))
		if err := errors.Join(os.WriteFile(d, s.dossier, 0o600), os.WriteFile(k, s.trust, 0o600)); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, d+" "+k+"\n")
	}
	python := exec.Command("python3", "-c", manyVerifications, filepath.Dir(secondVerifier))
	python.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1") // nothing beside the sources
	python.Stdin, python.Stderr = strings.NewReader(strings.Join(paths, "")), os.Stderr
	out, err := python.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var o opinion
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		second = append(second, string(o.Verdict)+" "+o.Failed)
	}
	if len(second) != len(first) {
		t.Fatalf("verify.py judged %d dossiers of %d", len(second), len(first))
	}
	return first, second
}

// TestSecondVerifierOnSpoiled has both verifiers judge dossiers with a byte
// changed, as they are, packed anew and logged anew, cases that were rewritten,
// and trust files with a line too many or too few.
func TestSecondVerifierOnSpoiled(t *testing.T) {
	needPython(t)
	c := dossiertest.Small(t)
	honest, keys := publishStory(t, c), []byte(c.Keys())
	samples := []sample{{"honest", honest, keys}}
	seed := rand.New(rand.NewPCG(7, 7))
	for range 40 {
		at := seed.IntN(len(honest))
		samples = append(samples, sample{fmt.Sprintf("byte %d changed", at), flip(honest, at), keys})
	}
	files := unzip(t, honest)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for range 6 {
			at := seed.IntN(len(files[name]))
			changed := maps.Clone(files)
			changed[name] = flip(files[name], at)
			samples = append(samples, sample{fmt.Sprintf("byte %d of %s changed, packed anew", at, name), storedzip.Write(changed), keys})
			if bytes.Contains(files["manifest.txt"], []byte("  "+name+"\n")) {
				logged := maps.Clone(changed)
				for _, other := range []string{"manifest.txt", "proofs.jsonl", "checkpoint", "history.jsonl"} {
					delete(logged, other)
				}
				samples = append(samples, sample{fmt.Sprintf("byte %d of %s changed, logged anew", at, name), c.Pack(logged, 2), keys})
			}
		}
	}
	for _, rewritten := range rewrites(c) {
		other := c.Under(rewritten.chain)
		changed := maps.Clone(files)
		changed["records.jsonl"] = rewritten.chain.Lines()
		for _, name := range []string{"manifest.txt", "proofs.jsonl", "checkpoint", "history.jsonl"} {
			delete(changed, name)
		}
		samples = append(samples, sample{rewritten.name, other.Pack(changed, 2), keys})
	}
	for i, line := range strings.SplitAfter(c.Keys(), "\n") {
		samples = append(samples, sample{"trust file without " + line, honest, []byte(strings.Replace(c.Keys(), line, "", 1))},
			sample{"trust file with twice " + line, honest, []byte(c.Keys() + line)},
			sample{fmt.Sprintf("trust file with line %d changed", i), honest, flip(keys, seed.IntN(len(keys)))})
	}

	first, second := bothOpinions(t, samples)
	refused := 0
	for i, s := range samples {
		if strings.HasPrefix(first[i], string(dossier.Rejected)) {
			refused++
		}
		if first[i] != second[i] {
			t.Errorf("%s: tocsin says %s, verify.py %s", strings.TrimSpace(s.name), first[i], second[i])
		}
		// Other keys in keys.txt that nobody trusts are no offence of a hub that logs them.
		if strings.Contains(s.name, "byte") && !strings.Contains(s.name, "keys.txt changed, logged anew") && !strings.HasPrefix(first[i], "rejected") {
			t.Errorf("%s: %s", s.name, first[i])
		}
	}
	t.Logf("%d dossiers, %d of them rejected by both", len(samples), refused)
}
