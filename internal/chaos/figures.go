package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// figures are what came of a run.
type figures struct {
	kills, partitions  int
	acknowledged, lost int
	wrong              int // breaks of rules, and defects
	seconds            float64
	faults             map[string]int
	lastFault          string
	fileSystem         string // on which the data was
}

func (f figures) String() string {
	return fmt.Sprintf("%d kills, %d partitions, %d acknowledged, %d lost", f.kills, f.partitions, f.acknowledged, f.lost)
}

func (f figures) broken() bool { return f.lost > 0 || f.wrong > 0 }

func (f *figures) add(g figures) {
	f.kills += g.kills
	f.partitions += g.partitions
	f.acknowledged += g.acknowledged
	f.lost += g.lost
	f.wrong += g.wrong
}

// did counts a fault.
func (f *figures) did(name string) {
	if f.faults == nil {
		f.faults = map[string]int{}
	}
	f.faults[name]++
	f.lastFault = name
}

// list is every kind of fault with how often there was one.
func (f figures) list() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f.faults)) {
		all = append(all, fmt.Sprintf("%s %d", name, f.faults[name]))
	}
	return strings.Join(all, ", ")
}

const runsHead = "date\tcommit\tmode\tdisk\tseed\tseconds\tkills\tpartitions\tacknowledged\tlost\tbroken\tfaults\n"

// record appends the run to the file of all runs.
func (r *run) record(path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte(runsHead)
	}
	text = fmt.Appendf(text, "%s\t%s\t%s\t%s\t%d\t%.0f\t%d\t%d\t%d\t%d\t%d\t%s\n", time.Now().UTC().Format(time.DateOnly), r.commit, r.mode.name, r.fileSystem, r.seed, r.seconds,
		r.kills, r.partitions, r.acknowledged, r.lost, r.wrong, r.list())
	return os.WriteFile(path, text, 0o644)
}

// fileSystem is the kind of file system that a folder is on: what is in memory is
// killed faster than what is on a disk.
func fileSystem(path string) (string, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return "", err
	}
	switch s.Type { // statfs(2)
	case 0x01021994:
		return "tmpfs", nil
	case 0xef53:
		return "ext4", nil
	}
	return fmt.Sprintf("%#x", s.Type), nil
}
