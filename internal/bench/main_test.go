package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
)

// roleVariable has this test binary, started again by itself, be a load
// generator, a static file server, or a part of the matcher: processes of the
// same kind as the hub, whose processor time and memory are counted apart.
const roleVariable = "TOCSIN_BENCH_ROLE"

const (
	roleLoader  = "loader"
	roleStatic  = "static"
	roleMatcher = "matcher"
	roleCrowd   = "crowd"
	roleIdlers  = "idlers"
)

func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv(roleVariable); role {
	case "":
		status := m.Run()
		built.clean()
		os.Exit(status)
	case roleLoader:
		err = beLoader(os.Stdin, os.Stdout)
	case roleStatic:
		err = beStatic(os.Stdin, os.Stdout, os.Args[1])
	case roleIdlers:
		err = beIdlers(os.Stdin, os.Stdout)
	case roleCrowd:
		err = beCrowd(os.Stdin, os.Stdout)
	case roleMatcher:
		err = beMatcher(os.Stdin, os.Stdout)
	default:
		err = fmt.Errorf("%s: there is no role %q", roleVariable, role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// again is this binary in another role.
func again(role string, args ...string) (*exec.Cmd, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(own, args...)
	cmd.Env, cmd.Stderr = append(os.Environ(), roleVariable+"="+role), os.Stderr
	return cmd, nil
}

// programs are builds of cmd/tocsin, each made once a run: the plain one, and
// the probed one, which answers signals with what its runtime knows.
type programs struct {
	mu     sync.Mutex
	dir    string
	plain  string
	probed string
}

var built programs

func (p *programs) clean() {
	if p.dir != "" {
		_ = os.RemoveAll(p.dir) // in the system's folder for such files anyway
	}
}

// program is the path of the build.
func (p *programs) program(ctx context.Context, probed bool) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		var err error
		if p.dir, err = os.MkdirTemp("", "tocsin-bench-"); err != nil {
			return "", err
		}
	}
	path := &p.plain
	var args []string
	if probed {
		path = &p.probed
		overlay, err := p.overlay()
		if err != nil {
			return "", err
		}
		args = []string{"-overlay", overlay}
	}
	if *path != "" {
		return *path, nil
	}
	out := filepath.Join(p.dir, "tocsin-"+strconv.FormatBool(probed))
	cmd := exec.CommandContext(ctx, "go", append(append([]string{"build", "-trimpath"}, args...), "-o", out, "./cmd/tocsin")...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build ./cmd/tocsin: %w\n%s", err, said)
	}
	*path = out
	return out, nil
}

const root = "../.."

// overlay has the build see testdata/probe.go as a file of cmd/tocsin, so that
// what a hub is asked here is not in the program that people run.
func (p *programs) overlay() (string, error) {
	probe, err := filepath.Abs(filepath.Join("testdata", "probe.go"))
	target, err2 := filepath.Abs(filepath.Join(root, "cmd", "tocsin", "probe.go"))
	text, err3 := json.Marshal(map[string]map[string]string{"Replace": {target: probe}})
	path := filepath.Join(p.dir, "overlay.json")
	if err := errors.Join(err, err2, err3); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, text, 0o600)
}

// number is a whole number from the environment.
func number(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		tb.Fatalf("%s=%q: use a whole number", name, text)
	}
	return n
}
