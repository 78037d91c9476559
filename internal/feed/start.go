package feed

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// pathLetters are what a path may be made of that stays one word wherever it is
// written.
const pathLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@"

// edgeCommand is the command that runs the edge which feeds an engine. It keeps what
// it has to remember in a folder beneath dir.
func (c ConnectConfig) edgeCommand(enforce, dir string) ([]string, error) {
	switch {
	case c.HubURL == "":
		return nil, errors.New("hub: its URL is needed, for the edge that feeds the engine")
	case c.TokenFile == "":
		return nil, errors.New("token: the file with it is needed, for the edge that feeds the engine")
	}
	program := c.Binary
	if program == "" {
		program = "tocsin"
	}
	if c.DryRun {
		enforce += ",dry-run"
	}
	if c.Reach != "" && c.Reach != string(Internal) {
		enforce += ",reach=" + c.Reach
	}
	return []string{program, "edge", "--hub", c.HubURL, "--token-file", c.TokenFile, "--enforce", enforce, "--state", filepath.Join(dir, "edge")}, nil
}

// shellWords writes a command as a shell reads it (POSIX.1-2017, Shell Command
// Language, 2.2.2).
func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if quoted[i] = word; word == "" || strings.Trim(word, pathLetters+":=,%") != "" {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// startEdge is a script that is the edge; remark is what to say of it, in lines.
func startEdge(edge []string, remark string) string {
	return "#!/bin/sh\n# " + strings.ReplaceAll(remark, "\n", "\n# ") + "\nexec " + shellWords(edge) + "\n"
}

// startBoth is a script that runs an engine in the foreground and the edge that
// feeds it, in a folder with files that the engine wants to find. run is a process
// that waits for one of them and tells the script of its end; a shell cannot wait
// for the first of two (POSIX has no wait -n).
func startBoth(dir string, files []string, engine, edge []string) string {
	return fmt.Sprintf(`#!/bin/sh
# Runs the engine and the edge that feeds it, and ends both when one has ended, or
# on TERM, INT or HUP. The status is 0 if it was asked to end.
cd %s || exit 1
umask 027
for file in %s; do
	[ -e "$file" ] || : > "$file" || exit 1
done

run() {
	program= ended=
	trap 'ended=1; [ -z "$program" ] || kill "$program" 2>/dev/null' TERM
	trap '' INT HUP
	"$@" &
	program=$!
	[ -z "$ended" ] || kill "$program" 2>/dev/null
	wait "$program"
	while kill -0 "$program" 2>/dev/null; do wait "$program"; done
	[ -n "$ended" ] || { echo "$1 has ended" >&2; kill -USR1 $$; }
}

status=
stop() {
	status=${status:-$1}
	[ -z "$engine" ] || kill "$engine" 2>/dev/null
	[ -z "$edge" ] || kill "$edge" 2>/dev/null
}
engine= edge=
trap 'stop 0' TERM INT HUP
trap 'stop 1' USR1
run %s &
engine=$!
run %s &
edge=$!
[ -z "$status" ] || stop "$status"
while kill -0 "$engine" 2>/dev/null || kill -0 "$edge" 2>/dev/null; do wait; done
exit "${status:-1}"
`, shellWords([]string{dir}), shellWords(files), shellWords(engine), shellWords(edge))
}
