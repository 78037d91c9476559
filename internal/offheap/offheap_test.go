package offheap_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/offheap"
)

type row struct {
	a uint64
	b [3]uint16
}

// TestMake has values beside the heap that are kept, and given back.
func TestMake(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: beside the heap there is memory on Linux only")
	}
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	table := offheap.Make[row](1 << 20)
	for i := range table {
		if table[i] != (row{}) {
			t.Fatalf("value %d is %v", i, table[i])
		}
		table[i] = row{uint64(i), [3]uint16{1, 2, uint16(i)}}
	}
	runtime.GC()
	runtime.ReadMemStats(&during)
	if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	for i := range table {
		if table[i] != (row{uint64(i), [3]uint16{1, 2, uint16(i)}}) {
			t.Fatalf("value %d is %v", i, table[i])
		}
	}
	mapped := maps(t)
	offheap.Free(table)
	if now := maps(t); now >= mapped {
		t.Errorf("%d mappings before it was given back, %d after", mapped, now)
	}
	offheap.Free(offheap.Make[row](0))
}

// maps counts the process's mappings as large as the table.
func maps(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// TestPointers has a type refused that the collector has to look into.
func TestPointers(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("values with pointers were given")
		}
	}()
	offheap.Make[struct{ of [2]string }](1)
}
