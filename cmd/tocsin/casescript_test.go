package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"filippo.io/age"
	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-project/tocsin/internal/trust"
)

// scriptWitness starts a witness as the real program; it is killed at the end.
func scriptWitness(ts *testscript.TestScript, _ bool, args []string) {
	keys, err := trust.Parse([]byte(ts.ReadFile(args[1])), false)
	ts.Check(err)
	run := []string{"witness", "--data", ts.MkAbs(args[0] + "-data"), "--listen", "127.0.0.1:0"}
	for _, log := range keys.Logs {
		run = append(run, "--log", string(log))
	}
	cmd := exec.Command("tocsin", run...)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	said, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
	})
	var vkey, url string
	if _, err := fmt.Fscanln(out, &vkey); err != nil {
		ts.Fatalf("the witness does not say its key: %v", err)
	}
	for lines := bufio.NewScanner(said); url == "" && lines.Scan(); {
		_, _ = fmt.Sscanf(lines.Text(), "The witness listens on %s", &url)
	}
	if url == "" {
		ts.Fatalf("the witness does not say where it listens")
	}
	config := fmt.Sprintf("[dial]\nallow = [\"127.0.0.0/8\"]\n[log]\nquorum = \"1 of [%[1]s]\"\n[[log.witness]]\nname = %[1]q\nkey = %[2]q\nurl = %[3]q\n", args[0], vkey, url)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".toml"), []byte(config), 0o600))
}

func scriptAgeKey(ts *testscript.TestScript, _ bool, args []string) {
	key, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".age"), []byte("# a comment\n"+key.String()+"\n"), 0o600))
	ts.Setenv(args[0]+"_AGE", key.Recipient().String())
}

func scriptExpand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600))
}

func scriptTrustFile(ts *testscript.TestScript, _ bool, args []string) {
	var text strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if !strings.HasPrefix(line, "voter ") {
			text.WriteString(line)
		}
	}
	var list keyList
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[2])), &list))
	for _, k := range list.Keys {
		fmt.Fprintf(&text, "voter %s %s\n", k.Partner, k.Fingerprint)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}
