package rules_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rules"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// engine is a program's path; the test is skipped where it is missing.
func engine(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian package %s): nothing is shown of it here", name, debian)
	}
	return path
}

// written is a compiled file in a folder.
func written(t testing.TB, dir, name string, s feed.Set) string {
	t.Helper()
	text, _ := compiled(t, rules.All[name], s)
	return saved(t, filepath.Join(dir, name), text)
}

func saved(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// listed is a set that blocks the hash, among others.
func listed(hash string, others int) feed.Set {
	ps := []protect.Protection{block(observable.SHA256, hash, 1)}
	for i := range others {
		ps = append(ps, block(observable.SHA256, hashOf(fmt.Sprint("other ", i)), 2))
	}
	return effective(ps...)
}

const content = "A made-up file for a test. It does nothing.\n"

func TestYARAFindsWhatIsListed(t *testing.T) {
	yara := engine(t, "yara", "yara")
	dir := t.TempDir()
	file := saved(t, filepath.Join(dir, "file"), content)
	scan := func(s feed.Set) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), yara, "--fail-on-warnings", "--print-tags", written(t, dir, "tocsin.yar", s), file).CombinedOutput()
		if err != nil {
			t.Fatalf("yara: %v\n%s", err, out)
		}
		return string(out)
	}
	hash := hashOf(content)
	if got, want := scan(listed(hash, 1000)), "tocsin_blocked_sha256_"+hash[:2]+" [blocked] "+file+"\n"; got != want {
		t.Errorf("listed: %q, want %q", got, want)
	}
	if got := scan(listed(hashOf("recalled"), 1000)); got != "" {
		t.Errorf("after the recall: %q", got)
	}
	if got := scan(effective(watch(observable.SHA256, hash, 1))); !strings.Contains(got, "[watched]") {
		t.Errorf("observed: %q", got)
	}
	if got := scan(effective()); got != "" {
		t.Errorf("nothing in force: %q", got)
	}
}

// One bad rule fails a file: each has to hold by itself.
func TestYARATakesEachRuleByItself(t *testing.T) {
	yarac := engine(t, "yarac", "yara")
	dir := t.TempDir()
	text, _ := compiled(t, rules.YARA, story())
	parts := strings.Split(text, "\nrule ")
	if len(parts) != 6 {
		t.Fatalf("%d rules, want 5", len(parts)-1)
	}
	for i, rule := range parts[1:] {
		file := saved(t, filepath.Join(dir, fmt.Sprint(i)), parts[0]+"rule "+rule)
		if out, err := exec.CommandContext(t.Context(), yarac, "--fail-on-warnings", file, file+".out").CombinedOutput(); err != nil {
			t.Errorf("yarac: %v\n%s\n%s", err, out, rule)
		}
	}
}

func TestClamAVFindsWhatIsListed(t *testing.T) {
	clamscan := engine(t, "clamscan", "clamav")
	dir := t.TempDir()
	file := saved(t, filepath.Join(dir, "file"), content)
	scan := func(s feed.Set) (found bool) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), clamscan, "--no-summary", "-d", written(t, dir, "tocsin.hsb", s), file)
		out, _ := cmd.CombinedOutput()
		switch status := cmd.ProcessState.ExitCode(); status { // clamscan(1): 0 nothing, 1 found
		case 0, 1:
			if found = status == 1; found != strings.Contains(string(out), "Tocsin.Blocked") {
				t.Errorf("clamscan ended with %d: %s", status, out)
			}
		default:
			t.Fatalf("clamscan ended with %d: %s", status, out)
		}
		return found
	}
	hash := hashOf(content)
	if !scan(listed(hash, 1000)) {
		t.Error("listed, and not found")
	}
	if scan(listed(hashOf("recalled"), 1000)) {
		t.Error("found after the recall")
	}
	if scan(effective(watch(observable.SHA256, hash, 1), block(observable.SHA256, worm, 1))) {
		t.Error("only to be observed, and hindered")
	}
	if scan(effective()) {
		t.Error("found, and nothing is in force")
	}
}
