package ransom_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

// tool is a real program at work on many files.
type tool struct {
	name    string
	needs   string // programs, the shell's own aside
	before  string // done before anything is watched
	command string
	slow    bool   // done only where TOCSIN_TOOLS is set
	remark  string // why it is flagged: what it does to files is what ransomware does
}

var tools = []tool{
	{name: "tar, packed and unpacked", needs: "tar gzip", command: "tar czf ../all.tgz . && mv ../all.tgz all.tgz && mkdir out && tar xzf all.tgz -C out"},
	{name: "gzip -r", needs: "gzip", command: "gzip -r ."},
	{name: "gzip -rk", needs: "gzip", command: "gzip -rk ."},
	{name: "gunzip -r", needs: "gzip", before: "gzip -r .", command: "gunzip -r ."},
	{name: "find -exec gzip", needs: "gzip find", command: "find . -type f -exec gzip {} ';'", slow: true},
	{name: "xz", needs: "xz find", command: "find . -type f -print0 | xargs -0 xz"},
	{name: "bzip2", needs: "bzip2 find", command: "find . -type f -print0 | xargs -0 bzip2"},
	{name: "zstd -r --rm", needs: "zstd", command: "zstd -q -r --rm ."},
	{name: "zip -r, then unzip", needs: "zip unzip", command: "zip -qr ../all.zip . && mv ../all.zip all.zip && mkdir out && unzip -q all.zip -d out"},
	{name: "zip, each file, moved into", needs: "zip find", command: `find . -type f | while read f; do zip -qm "$f.zip" "$f"; done`, slow: true},
	{name: "cp -r", needs: "cp", command: "mkdir ../c && cp -r . ../c/copy && mv ../c/copy copy && cp -r copy again"},
	{name: "cp --backup=numbered", needs: "cp", before: "mkdir ../b && cp -r . ../b/", command: "cp -r --backup=numbered ../b/. . && cp -r --backup=numbered ../b/. ."},
	{name: "cp --backup --suffix=.before", needs: "cp", before: "mkdir ../b && cp -r . ../b/", command: "cp -r --backup --suffix=.before ../b/. ."},
	{name: "rsync --backup --suffix=.before", needs: "rsync", before: "mkdir ../b && cp -r . ../b/ && find ../b -type f -exec sh -c 'echo x >> \"$1\"' - {} ';'", command: "rsync -a --backup --suffix=.before ../b/ ./"},
	{name: "sed -i.bak", needs: "sed find", command: "find . -type f -print0 | xargs -0 sed -i.bak s/a/b/"},
	{name: "sed -i.mine", needs: "sed find", command: "find . -type f -print0 | xargs -0 sed -i.mine s/a/b/"},
	{name: "perl -pi.former", needs: "perl find", command: "find . -type f -print0 | xargs -0 perl -pi.former -e s/a/b/"},
	{name: "mv, a date put behind", needs: "mv find", command: `find . -type f | while read f; do mv "$f" "$f.20170512"; done`, slow: true},
	{name: "mv, a date and a word", needs: "mv find", command: `find . -type f | while read f; do mv "$f" "$f.old-2017-05-12"; done`},
	{name: "mv, jpg to jpeg", needs: "mv find", command: `find . -name '*.jpg' | while read f; do mv "$f" "${f%.jpg}.jpeg"; done`},
	{name: "mv, .done put behind", needs: "mv find", command: `find . -type f | while read f; do mv "$f" "$f.done"; done`, remark: "the same records as an encryption's, if one process does it; here it is a process for each file"},
	{name: "openssl enc, originals removed", needs: "openssl find", command: `find . -type f | while read f; do openssl enc -aes-256-ctr -pass pass:x -pbkdf2 -iter 1 -in "$f" -out "$f.enc" && rm "$f"; done`, slow: true,
		remark: "it encrypts and removes the originals; with a process for each file"},
	{name: "sha256sum beside each", needs: "sha256sum find", command: `find . -type f | while read f; do sha256sum "$f" > "$f.sha256"; done`, slow: true},
	{name: "a summary beside each", needs: "head find", command: `find . -type f | while read f; do head -c 9 "$f" > "$f.summary"; done`, remark: "an unknown extension beside each of 40 files: removals are not always shown, so that it may be all there is to see"},
	{name: "saves of an office program", needs: "mv find", command: `find . -type f | while read f; do d=$(dirname "$f"); echo x > "$d/~WRD0001.tmp"; mv "$f" "$d/~WRL0002.tmp"; mv "$d/~WRD0001.tmp" "$f"; rm "$d/~WRL0002.tmp"; done`, slow: true},
	{name: "saves of an editor", needs: "mv find", command: `find . -type f | while read f; do d=$(dirname "$f"); b=$(basename "$f"); echo x > "$d/.$b.swp"; mv "$f" "$f~"; echo y > "$f"; rm "$d/.$b.swp"; done`, slow: true},
	{name: "log rotation", needs: "mv gzip", before: `for d in *; do for n in access error app; do echo x > $d/$n.log; done; done`,
		command: `for r in 1 2 3 4; do for d in */; do for n in access error app; do f=$d$n.log; for i in 3 2 1; do [ -f $f.$i.gz ] && mv $f.$i.gz $f.$((i+1)).gz; done; mv $f $f.1; : > $f; gzip $f.1; done; done; done`}, //nolint:dupword // as the shell has it
	{name: "git init, add, commit, checkout, gc", needs: "git", command: `export HOME=$PWD/.. GIT_CONFIG_NOSYSTEM=1; git init -q . && git add . && git -c user.name=a -c user.email=a@b.example commit -qm a && git checkout -q -b b &&
		git rm -qr folder0 folder1 && git -c user.name=a -c user.email=a@b.example commit -qm b && git checkout -q - && git gc -q`},
	{name: "git clone of this repository's own files", needs: "git", before: `export HOME=$PWD/..; mkdir ../s && cp -r "$SOURCE"/. ../s/ && cd ../s && git init -q . && git add . && git -c user.name=a -c user.email=a@b.example commit -qm a`, command: "export HOME=$PWD/..; git clone -q ../s clone", slow: true},
	{name: "make and gcc", needs: "make gcc", before: `for d in folder*; do for i in 1 2 3 4 5; do echo "int f_${d}_$i(void){return $i;}" > $d/u$i.c; done; done; printf 'SRC=$(wildcard */u*.c)\nall: $(SRC:.c=.o)\n\tar rc lib.a $^\n%%.o: %%.c\n\tgcc -MMD -save-temps=obj -c $< -o $@\nclean:\n\trm -f */u*.o */u*.d */u*.i */u*.s lib.a\n' > Makefile`, command: "make -s && make -s clean"}, //nolint:dupword // as the shell has it
	{name: "go build, cache empty", needs: "go", before: "printf 'module m.example\\n' > go.mod; printf 'package main\\nimport \"fmt\"\\nfunc main() { fmt.Println(1) }\\n' > main.go", command: "GOFLAGS=-mod=mod GOTMPDIR=$PWD GOCACHE=$PWD/cache go build -o m .", slow: true},
	{name: "python3 -m compileall", needs: "python3", before: `for d in folder*; do for i in 1 2 3 4 5; do echo "x = $i" > $d/m$i.py; done; done`, command: "python3 -m compileall -q ."},
	{name: "python3 -m venv", needs: "python3", command: "python3 -m venv v", slow: true},
	{name: "patch", needs: "patch find diff", before: `cp -r . ../n; find ../n -type f -exec sh -c 'echo x >> "$1"' - {} ';'; (cd ..; diff -ru files n > p.patch) || true`, command: "patch -b -s -p1 < ../p.patch", slow: true},
	{name: "download and rename", needs: "mv find cp", before: "mkdir ../b && cp -r . ../b/", command: `cd ../b; find . -type f | while read f; do d=../files/$(dirname "$f"); b=$(basename "$f"); cp "$f" "$d/$b.crdownload"; mv "$d/$b.crdownload" "$d/new $b"; done`, slow: true},
	{name: "rsync's manner of writing", needs: "mv find cp", before: "mkdir ../b && cp -r . ../b/", command: `cd ../b; find . -type f | while read f; do d=../files/$(dirname "$f"); b=$(basename "$f"); t=$(mktemp "$d/.$b.XXXXXX"); cp "$f" "$t"; mv "$t" "$d/$b"; done`, slow: true},
}

// runTool runs one in a folder of 12 folders with 20 files of 12 kinds each and
// returns what happened to files.
func runTool(t *testing.T, tool tool) (acts []ransom.Act) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "files")
	extensions := strings.Fields("docx xlsx pdf jpg png txt csv json c html mp3 odt")
	for i := range 240 {
		folder := filepath.Join(root, fmt.Sprintf("folder%d", i/20))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(folder, fmt.Sprintf("file %d.%s", i, extensions[i%len(extensions)]))
		if err := os.WriteFile(name, []byte(strings.Repeat("a line of text\n", 20)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	run := func(script string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "sh", "-c", "set -e; "+script)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "SOURCE="+source)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", tool.name, err, out)
		}
	}
	run(tool.before)
	w := watch(t, root)
	run(tool.command)
	acts, lost := w.stop()
	if lost {
		t.Fatalf("%s: the system lost some events", tool.name)
	}
	return acts
}

func missing(tool tool) (programs []string) {
	for _, program := range strings.Fields(tool.needs) {
		if _, err := exec.LookPath(program); err != nil {
			programs = append(programs, program)
		}
	}
	return programs
}

// TestRealTools runs archivers, backup and build tools on real files and feeds
// what the system tells of them to the rule, all of a tool's processes as one.
// With TOCSIN_TOOLS=record what happened is written to tools.txt.gz, from which
// FalseAlarms has it.
func TestRealTools(t *testing.T) {
	mode := os.Getenv("TOCSIN_TOOLS")
	var records []byte
	for _, tool := range tools {
		t.Run(tool.name, func(t *testing.T) {
			if programs := missing(tool); programs != nil {
				t.Skipf("SKIPPED: %v not found", programs)
			}
			if tool.slow && mode == "" {
				t.Skip("SKIPPED: it takes seconds; TOCSIN_TOOLS=all runs it")
			}
			acts := runTool(t, tool)
			records = ransom.AppendTool(records, tool.name, tool.remark, acts)
			d := ransom.New(ransom.Config{})
			for _, a := range acts {
				a.Actor = tool.name
				d.Act(a)
			}
			found := d.Take()
			t.Logf("%d events, %d findings %v", len(acts), len(found), found)
			if len(acts) < 20 {
				t.Errorf("only %d events were seen", len(acts))
			}
			if (len(found) > 0) != (tool.remark != "") {
				t.Errorf("findings %v; remark %q", found, tool.remark)
			}
		})
	}
	if mode != "record" || t.Failed() {
		return
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(records); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("tools.txt.gz", out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
