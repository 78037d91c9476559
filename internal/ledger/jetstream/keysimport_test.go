package jetstream_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// keysOfFile are keys as a file has them.
type keysOfFile []byte

func (f keysOfFile) Read(_ context.Context, after uint64, most int) ([]byte, error) {
	if after*32 >= uint64(len(f)) {
		return nil, nil
	}
	return bytes.Clone(f[after*32 : min(len(f), int(after)*32+most*32)]), nil
}

// TestImportKeys brings keys to nodes, in two parts and again; then what does
// not fit to them.
func TestImportKeys(t *testing.T) {
	nodes := keysOfEach(t, []*jetstream.Node{oneNode(t, t.TempDir())})
	k := nodes[0]
	file := make(keysOfFile, 32*(2*jetstream.MaxBatch+100))
	rand.Read(file)
	wipe(file, 1, 5, jetstream.MaxBatch+1)
	for _, n := range []int{0, 10, 10, jetstream.MaxBatch, 2*jetstream.MaxBatch + 100, 2*jetstream.MaxBatch + 100} {
		if n > 10 {
			wipe(file, 3, 4) // destroyed in the file after the first import
		}
		if got, err := k.Import(soon(t), file[:n*32]); err != nil || got != uint64(n) {
			t.Fatalf("import of %d keys: %d, %v", n, got, err)
		}
		wantKeys(t, nodes, 0, file[:n*32:n*32])
	}
	if n, err := jetstream.EqualKeys(soon(t), file, k); err != nil || n != uint64(len(file)/32) {
		t.Fatalf("equal are %d, %v", n, err)
	}
	other := bytes.Clone(file)
	other[32*9000+5]++
	for name, keys := range map[string][]byte{
		"none": nil, "fewer": file[:len(file)-32], "another": other, "another at the end": append(bytes.Clone(file[:len(file)-1]), file[len(file)-1]+1),
	} {
		if _, err := k.Import(soon(t), keysOfFile(keys)); !errors.Is(err, ledger.ErrConflict) {
			t.Errorf("%s: imported, %v", name, err)
		}
		if _, err := jetstream.EqualKeys(soon(t), keysOfFile(keys), k); !errors.Is(err, ledger.ErrConflict) {
			t.Errorf("%s: equal, %v", name, err)
		}
	}
	wantKeys(t, nodes, 0, file)
	if first, _ := draw(t, k, 1); first != uint64(len(file)/32+1) {
		t.Errorf("the next key is %d", first)
	}
}
