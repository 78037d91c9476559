package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets this binary be the program, too: under the name tocsin it runs
// main, so that the tests start, kill and signal the real thing, race detector
// included.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "tocsin" {
		// Whoever runs the tests may have a hub of their own.
		for _, setting := range os.Environ() {
			if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "TOCSIN_") && name != requireEngines {
				os.Unsetenv(name)
			}
		}
		// A program with the race detector otherwise waits a second at its end.
		os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	}
	testscript.Main(m, map[string]func(){"tocsin": main})
}

// requireEngines has a test fail, not skip, where the engine that it needs is missing.
const requireEngines = "TOCSIN_REQUIRE_ENGINES"

// TestScripts plays the scripts in testdata/script. Beside the commands of
// testscript they have
//
//	status N tocsin ARGS...  the program ends with this status
//	serve DIR ARGS...        a hub on free ports; sets TOCSIN_HUB and HUB_SINKHOLE, and writes the
//	                         administrator's token, if the hub was to be claimed, to admin.token
//	shutdown                 SIGTERM to the hub, which has to end with status 0
//	partner NAME ARGS...     lets a partner in, sets NAME to its id, and writes the tokens of
//	                         every role but the administrator's to NAME.ROLE
//	as FILE                  the following commands use this token
//	json POINTER [TEXT]      what the last command wrote is JSON and has this
//	let NAME POINTER         sets NAME to a part of the JSON that the last command wrote
//	simulated FILE           writes those of the demo's figures that are no wall-clock time
//	get PATH                 asks the hub over HTTP, with the token; ! get wants a refusal
//	until REGEXP tocsin ...  runs the program until what it writes matches
//	flip FILE TEXT           flips one bit wherever the file has the text; SQLite may leave stale copies
//	free NAME...             sets each NAME to an address on loopback that nobody listens on
//	mode OCTAL FILE...       the files' mode has no bit beside these
//	expand FILE              puts the variables' values for $NAME in the file
//	witness NAME KEYS        a witness of the logs in this trust file; writes NAME.toml, with which a hub asks it
//	agekey NAME              a new age key: the secret half in NAME.age, the public one in the variable NAME_AGE
//	trustfile FILE LOG KEYS  a trust file: log and witnesses of LOG, voters by fingerprint of what tocsin key list --json wrote
//	secrets DIR FILE...      no file in the folder has these files' secret keys, some have the public ones
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": scriptStatus, "serve": scriptServe, "shutdown": scriptShutdown, "partner": scriptPartner, "as": scriptAs,
			"let": scriptLet, "json": scriptJSON, "simulated": scriptSimulated, "get": scriptGet, "until": scriptUntil,
			"flip": scriptFlip, "free": scriptFree, "mode": scriptMode, "secrets": scriptSecrets,
			"witness": scriptWitness, "agekey": scriptAgeKey, "expand": scriptExpand, "trustfile": scriptTrustFile,
		},
	})
}

func scriptStatus(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	status := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("%v: status %d, want %s", args[1:], status, args[0])
	}
}

func scriptFree(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		defer l.Close() // nobody has connected; open until all are found, so that they differ
		ts.Setenv(name, l.Addr().String())
	}
}

// hubKey is under which a script's environment keeps its hub.
const hubKey = "HUB"

// hubs are the running hubs of the scripts, by process id.
var hubs processes

func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	env := []string{"TOCSIN_ADMIN_TOKEN=" + ts.Getenv("TOCSIN_ADMIN_TOKEN")}
	p, err := serving(launchHub(ts.MkAbs("."), env, args[0], args[1:]...))
	if err != nil {
		ts.Fatalf("%v", err)
	}
	ts.Defer(func() { hubs.take(p.pid()).kill() })
	hubs.put(p)
	ts.Setenv(hubKey, p.pid())
	ts.Setenv("TOCSIN_HUB", p.url)
	ts.Setenv("HUB_SINKHOLE", p.sinkhole)
	if p.claim != "" {
		ts.Check(os.WriteFile(ts.MkAbs("claim.secret"), []byte(p.claim+"\n"), 0o600))
		ts.Check(ts.Exec("tocsin", "token", "claim", "--secret-file", "claim.secret", "--name", "the first administrator"))
		ts.Check(os.WriteFile(ts.MkAbs("admin.token"), []byte(ts.ReadFile("stdout")), 0o600))
	}
	scriptAs(ts, false, []string{"admin.token"})
}

func scriptShutdown(ts *testscript.TestScript, _ bool, _ []string) {
	p := hubs.take(ts.Getenv(hubKey))
	ts.Check(p.stop())
}

func scriptPartner(ts *testscript.TestScript, _ bool, args []string) {
	before := ts.Getenv("TOCSIN_TOKEN_FILE")
	scriptAs(ts, false, []string{"admin.token"})
	name := args[0]
	ts.Check(ts.Exec("tocsin", append([]string{"partner", "add"}, args[1:]...)...))
	id := strings.TrimSpace(ts.ReadFile("stdout"))
	ts.Setenv(name, id)
	for _, role := range []string{"viewer", "contributor", "analyst", "coordinator"} {
		ts.Check(ts.Exec("tocsin", "token", "issue", id, "--role", role))
		ts.Check(os.WriteFile(ts.MkAbs(name+"."+role), []byte(ts.ReadFile("stdout")), 0o600))
	}
	ts.Setenv("TOCSIN_TOKEN_FILE", before)
}

func scriptAs(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("TOCSIN_TOKEN_FILE", ts.MkAbs(args[0]))
}

// written is the JSON that the last command wrote.
func written(ts *testscript.TestScript) any {
	var document any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &document); err != nil {
		ts.Fatalf("not one JSON value: %v", err)
	}
	return document
}

func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	document := written(ts)
	got, holds := at(document, args[0])
	if len(args) > 1 {
		holds = holds && fmt.Sprint(got) == args[1]
	}
	if holds == neg {
		ts.Fatalf("json %v: there is %v in %v", args, got, document)
	}
}

func scriptLet(ts *testscript.TestScript, _ bool, args []string) {
	got, ok := at(written(ts), args[1])
	if !ok {
		ts.Fatalf("there is no %s", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(got))
}

// simulatedFigures depend on the seed alone, however fast the machine is.
var simulatedFigures = []string{
	"/partners", "/hosts", "/objects_imported", "/alarm_after_s", "/infected_at_alarm_fraction", "/edges_protected",
	"/kill_switch_answers", "/infected_fraction", "/telemetry_lines", "/outbreaks", "/protections", "/false_blocks",
}

func scriptSimulated(ts *testscript.TestScript, _ bool, args []string) {
	document := written(ts)
	var text strings.Builder
	for _, pointer := range simulatedFigures {
		got, ok := at(document, pointer)
		if !ok {
			ts.Fatalf("there is no %s", pointer)
		}
		fmt.Fprintln(&text, pointer, got)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	request, err := http.NewRequest(http.MethodGet, ts.Getenv("TOCSIN_HUB")+args[0], nil)
	ts.Check(err)
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(ts.Getenv("TOCSIN_TOKEN_FILE"))))
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	_, err = io.Copy(ts.Stdout(), response.Body)
	ts.Check(err)
	if refused := response.StatusCode >= 400; refused != neg {
		ts.Fatalf("GET %s: status %d", args[0], response.StatusCode)
	}
}

func scriptUntil(ts *testscript.TestScript, _ bool, args []string) {
	want, err := regexp.Compile(args[0])
	ts.Check(err)
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%v does not write %s", args[1:], args[0])
		}
	}
}

// at follows a JSON pointer (RFC 6901) without escapes.
func at(document any, pointer string) (any, bool) {
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		switch inside := document.(type) {
		case map[string]any:
			next, ok := inside[step]
			if !ok {
				return nil, false
			}
			document = next
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(inside) {
				return nil, false
			}
			document = inside[n]
		default:
			return nil, false
		}
	}
	return document, true
}

func scriptFlip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	flipped := []byte(args[1])
	flipped[0] ^= 1
	if !bytes.Contains(text, []byte(args[1])) {
		ts.Fatalf("%s does not have %q", args[0], args[1])
	}
	text = bytes.ReplaceAll(text, []byte(args[1]), flipped)
	ts.Check(os.WriteFile(path, text, 0o600))
}

func scriptMode(ts *testscript.TestScript, _ bool, args []string) {
	allowed, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if beside := info.Mode().Perm() &^ os.FileMode(allowed); beside != 0 {
			ts.Fatalf("%s has the mode %04o, want nothing beside %s", name, info.Mode().Perm(), args[0])
		}
	}
}
