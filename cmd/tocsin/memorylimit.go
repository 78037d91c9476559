package main

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/offheap"
)

// limitMemory has the runtime collect garbage more often before the process reaches
// what it may have, unless the environment says otherwise (GOMEMLIMIT). It gives the
// limit in bytes, 0 if there is none.
func limitMemory() int64 {
	if os.Getenv("GOMEMLIMIT") != "" {
		return 0 // the runtime has read it
	}
	limit := memoryLimit(os.DirFS("/"))
	if limit > 0 {
		offheap.Limit(limit)
	}
	return limit
}

// memoryLimit is four fifths of what the control group may have, or three quarters of
// the machine's memory: the database's pages and mapped files are not the runtime's,
// and others are on the machine. 0: nothing is known, as on other systems than Linux.
func memoryLimit(root fs.FS) int64 {
	if most := groupMemory(root); most > 0 {
		return most / 5 * 4
	}
	return machineMemory(root) / 4 * 3
}

// groupMemory is the least that the process' control group (version 2) and those
// above it may have, in bytes; 0: without a limit.
func groupMemory(root fs.FS) (least int64) {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		at, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "0::")
		if !ok {
			continue
		}
		for at = path.Clean("/" + at); ; at = path.Dir(at) {
			if n := number(root, path.Join("sys/fs/cgroup", at, "memory.max")); n > 0 && (least == 0 || n < least) {
				least = n
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}

// number is what a file holds; "max", a file that is missing, or one that cannot be
// meant is 0.
func number(root fs.FS, name string) int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n <= 0 {
		return 0
	}
	return n
}

// machineMemory is the machine's, in bytes; 0: not known.
func machineMemory(root fs.FS) int64 {
	file, err := root.Open("proc/meminfo")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) == 3 && words[0] == "MemTotal:" && words[2] == "kB" {
			n, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil || n < 0 || n > math.MaxInt64>>10 {
				return 0
			}
			return n << 10
		}
	}
	return 0
}
