package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const contrib = "../../contrib"

// What the packages are made of is there, but for what `make dist` makes itself.
func TestThePackagesHaveTheirFiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(contrib, "packaging", "nfpm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^\s+(?:- src|pre\w+|post\w+): (\S+)$`).FindAllStringSubmatch(string(text), -1)
	if len(named) < 8 {
		t.Fatalf("only %d files are named: is the file read rightly?", len(named))
	}
	for _, n := range named {
		if n[1] == "out/dist/tocsin" {
			continue
		}
		info, err := os.Stat(filepath.Join("..", "..", n[1]))
		if err != nil {
			t.Error(err)
		} else if strings.HasSuffix(n[1], ".sh") && info.Mode()&0o111 == 0 {
			t.Errorf("%s cannot be executed", n[1])
		}
	}
}

// The configuration and the command line that the packages install are ones that this
// program takes.
func TestThePackagedConfigurationIsRead(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join(contrib, "systemd", "tocsin.service"))
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/tocsin serve (.*)$`).FindStringSubmatch(string(unit))
	if start == nil {
		t.Fatal("the unit does not start tocsin serve")
	}
	flags := strings.ReplaceAll(start[1], "/etc/tocsin/tocsin.toml", filepath.Join(contrib, "packaging", "tocsin.toml"))
	flags = strings.ReplaceAll(flags, "/var/lib/tocsin", filepath.Join(t.TempDir(), "data"))
	// The doctor takes what serve takes. Ports of this machine may be taken by others.
	out, err := exec.Command("tocsin", append([]string{"doctor"}, strings.Fields(flags)...)...).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() == statusUsage) {
		t.Errorf("%v: %s", err, out)
	}
}

// systemd itself reads the unit, and thinks little of what it may reach.
func TestTheUnitIsConfined(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here, and nothing else reads a unit as systemd does")
	}
	unit, err := filepath.Abs(filepath.Join(contrib, "systemd", "tocsin.service"))
	if err != nil {
		t.Fatal(err)
	}
	// The threshold is ten times the exposure: below 2 of 10, "OK".
	out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=20", "--no-pager", unit).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if !strings.Contains(string(out), "Overall exposure level") {
		t.Skipf("this systemd-analyze does not judge a file: %s", out)
	}
}
