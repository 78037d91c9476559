package match_test

import (
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
)

// Every number that says where something is, or how much, is set to others
// with right checksums: the file is refused, or it serves; nothing faults.
func TestHostileSnapshot(t *testing.T) {
	good, err := os.ReadFile(snapshot(t, some(400)))
	if err != nil {
		t.Fatal(err)
	}
	asked := valuesOf(some(400))
	kept := match.Kept(good)
	const headers, trailer = 64 * 24, 64
	refused := 0
	try := func(at int, write func(b []byte)) {
		bad := slices.Clone(good)
		write(bad[at:])
		if !sound(t, match.Resealed(bad), asked, nil) {
			refused++
		}
	}
	for _, n := range []uint64{0, 1, 7, 1 << 20, 1<<32 - 1, 1 << 33, 1<<63 - 1, 1<<64 - 1} {
		for at := kept; at < kept+8*24; at += 8 {
			try(at, func(b []byte) { binary.LittleEndian.PutUint64(b, n) })
		}
		for at := len(good) - trailer; at < len(good)-8; at += 8 {
			try(at, func(b []byte) { binary.LittleEndian.PutUint64(b, n) })
		}
		for at := kept + headers; at < kept+headers+4*20; at += 4 {
			try(at, func(b []byte) { binary.LittleEndian.PutUint32(b, uint32(n)) })
		}
	}
	if refused < 300 {
		t.Errorf("only %d files were refused", refused)
	}
}
