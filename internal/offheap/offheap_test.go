package offheap_test

import (
	"runtime"
	"runtime/debug"
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
	offheap.Free(table)
	offheap.Free(offheap.Make[row](0))
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

// TestLimit has what is beside the heap count towards what both may have.
func TestLimit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: beside the heap there is memory on Linux only")
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer offheap.Limit(0)
	const limit = 1 << 30
	offheap.Limit(limit)
	table := offheap.Make[uint64](1 << 20)
	if now := debug.SetMemoryLimit(-1); now != limit-8<<20 {
		t.Errorf("with 8 MiB beside it the heap may have %d bytes", now)
	}
	offheap.Free(table)
	if now := debug.SetMemoryLimit(-1); now != limit {
		t.Errorf("with nothing beside it the heap may have %d bytes", now)
	}
	large := offheap.Make[uint64](1 << 27) // as much as the limit, of which nothing is touched
	if now := debug.SetMemoryLimit(-1); now != 64<<20 {
		t.Errorf("with a limit's worth beside it the heap may have %d bytes", now)
	}
	offheap.Free(large)
}
