package main

import (
	"testing"
	"testing/fstest"
)

func TestMemoryLimit(t *testing.T) {
	const meminfo = "MemTotal:        4000 kB\nMemFree:  12 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"the unit's MemoryMax":    {map[string]string{"proc/self/cgroup": "0::/system.slice/tocsin.service\n", "sys/fs/cgroup/system.slice/tocsin.service/memory.max": "1000000\n", "proc/meminfo": meminfo}, 800000},
		"that of a group above":   {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "500000\n"}, 400000},
		"the least of two":        {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "600000", "sys/fs/cgroup/a/memory.max": "500000"}, 400000},
		"a container's own":       {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "100\n"}, 80},
		"no limit":                {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n", "proc/meminfo": meminfo}, 3072000},
		"the first version alone": {map[string]string{"proc/self/cgroup": "4:memory:/a\n", "proc/meminfo": meminfo}, 3072000},
		"nonsense":                {map[string]string{"proc/self/cgroup": "0::../../a\n", "sys/fs/cgroup/a/memory.max": "-7", "proc/meminfo": "MemTotal: many kB\n"}, 0},
		"overflow":                {map[string]string{"proc/meminfo": "MemTotal: 9223372036854775807 kB\n"}, 0},
		"another system":          {nil, 0},
	} {
		root := fstest.MapFS{}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := memoryLimit(root); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func FuzzMemoryLimit(f *testing.F) {
	f.Add("0::/a/b\n", "max", "MemTotal: 7 kB")
	f.Fuzz(func(t *testing.T, group, most, info string) {
		got := memoryLimit(fstest.MapFS{
			"proc/self/cgroup": {Data: []byte(group)}, "proc/meminfo": {Data: []byte(info)}, "sys/fs/cgroup/a/memory.max": {Data: []byte(most)},
		})
		if got < 0 {
			t.Errorf("%d", got)
		}
	})
}
