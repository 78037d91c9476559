package sealed_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
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
	f.Cleanup(sealed.SetSupplyPatience(0))
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

func ring(t *testing.T, dir string, s sealed.Supply) *sealed.Keyring {
	t.Helper()
	k, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	k.Share(s)
	t.Cleanup(func() { k.Close() })
	if err := k.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

// TestDestroyedLongAgo has a node away while a key is destroyed that lies far
// before the end of its file.
func TestDestroyedLongAgo(t *testing.T) {
	s, dir := new(supply), t.TempDir()
	k := ring(t, dir, s)
	if _, _, err := k.Draw(t.Context(), 20_000); err != nil {
		t.Fatal(err)
	}
	closed(t, k)
	if err := s.Destroy(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if gone, err := ring(t, dir, s).Destroyed(3); err != nil || !gone {
		t.Errorf("key 3 is destroyed: %v, %v", gone, err)
	}
}

// TestSupplyComesLater has a node start while who leads the others does not give yet what
// they have agreed on, and one whose file has keys that nobody ever will.
func TestSupplyComesLater(t *testing.T) {
	s, dir := new(supply), t.TempDir()
	k := ring(t, dir, s)
	if _, _, err := k.Draw(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	closed(t, k)
	hide := func(n uint64) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hidden = n
	}
	hide(4)
	time.AfterFunc(200*time.Millisecond, func() { hide(0) })
	closed(t, ring(t, dir, s))

	hide(4)
	defer sealed.SetSupplyPatience(time.Millisecond)()
	k, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, k)
	k.Share(s)
	wantError(t, k.Join(t.Context()), ledger.ErrCorrupt, "nodes have")
}

// slow gives what it has read only when it is let.
type slow struct {
	*supply
	read, destroyed, let chan struct{}
}

func (s *slow) Read(ctx context.Context, after uint64, most int) ([]byte, error) {
	keys, err := s.supply.Read(ctx, after, most)
	if len(keys) > 0 {
		close(s.read)
		<-s.let
	}
	return keys, err
}

func (s *slow) Destroy(ctx context.Context, numbers ...uint64) error {
	defer close(s.destroyed)
	return s.supply.Destroy(ctx, numbers...)
}

// TestDestroyedWhileItIsRead destroys a key that was read from the supply and
// is not in the file yet: it does not come back.
func TestDestroyedWhileItIsRead(t *testing.T) {
	s := &slow{new(supply), make(chan struct{}), make(chan struct{}), make(chan struct{})}
	k := ring(t, t.TempDir(), s)
	if _, _, err := s.Draw(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { _, err := k.Destroyed(1); ended <- err }()
	<-s.read
	go func() { ended <- k.Destroy(1) }()
	<-s.destroyed
	time.Sleep(20 * time.Millisecond) // so that a Destroy that does not wait is done
	close(s.let)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if gone, err := k.Destroyed(1); err != nil || !gone {
		t.Errorf("the key is destroyed: %v, %v", gone, err)
	}
}
