package sealed_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/tocsin-project/tocsin/internal/sealed"
)

// FuzzJoin brings whatever is in the place of a node's keys file up to a supply
// of which some keys are destroyed. Either it is refused, or it is the supply's
// copy then.
func FuzzJoin(f *testing.F) {
	header := append([]byte("tocsink1"), make([]byte, 24)...)
	keys := bytes.Repeat([]byte("0123456789abcdef0123456789ABCDEF"), 5)
	f.Add([]byte(nil), uint8(0))
	f.Add(header[:9], uint8(1))
	f.Add(append(bytes.Clone(header), keys[:70]...), uint8(0b10010))
	f.Add(append(bytes.Clone(header), keys...), uint8(0b00001))
	f.Add(append(bytes.Clone(header), make([]byte, 160)...), uint8(0b11111))
	f.Add(append(append(bytes.Clone(header), keys...), 'x'), uint8(0))
	f.Fuzz(func(t *testing.T, file []byte, destroyed uint8) {
		if len(file) > 1<<10 {
			return
		}
		s := &supply{keys: bytes.Clone(keys)}
		for n := range uint64(5) {
			if destroyed&(1<<n) != 0 {
				if err := s.Destroy(t.Context(), n+1); err != nil {
					t.Fatal(err)
				}
			}
		}
		dir := t.TempDir()
		if err := os.WriteFile(keysPath(dir), file, 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := sealed.OpenKeys(keysPath(dir))
		if err != nil {
			return
		}
		k.Share(s)
		err = k.Join(t.Context())
		closed(t, k)
		if err != nil {
			return
		}
		got, err := os.ReadFile(keysPath(dir))
		if err != nil || !bytes.Equal(got, append(bytes.Clone(header), s.keys...)) {
			t.Errorf("joined, and the file is %q: %v", got, err)
		}
	})
}
