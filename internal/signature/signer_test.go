package signature_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/signature"
)

// signerFrom reads a secret key's file of this content.
func signerFrom(t *testing.T, content string) signature.Signer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := signature.ReadSigner(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignerFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	s := generate(t)
	if err := s.Write(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	read, err := signature.ReadSigner(path)
	if err != nil || read != s {
		t.Fatalf("read back as %v, %v", read, err)
	}
	if err := generate(t).Write(path); err == nil {
		t.Error("a key was written over another")
	}
	if again, err := signature.ReadSigner(path); err != nil || again != s {
		t.Errorf("after that the file has %v, %v", again, err)
	}
	if err := s.Write(filepath.Join(path, "below")); err == nil {
		t.Error("written where there is no folder")
	}
}

func TestReadSignerRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := generate(t).Write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	secret := strings.TrimSpace(strings.TrimPrefix(good, "tocsin-secret-ed25519:"))
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := signature.ReadSigner(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("others may read it: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"nothing": "", "no kind": secret, "a public key": "ed25519:" + secret, "cut": good[:len(good)-4], "two lines": good + good,
		"a space": " " + good, "much more": good + strings.Repeat("\n", 1<<20),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := signature.ReadSigner(path)
		if err == nil {
			t.Errorf("%s: read", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
	if _, err := signature.ReadSigner(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("read what is not there")
	}
}

// A secret key that somebody prints is not told.
func TestSignerIsNotPrinted(t *testing.T) {
	s := generate(t)
	if first, again := s.Public(), generate(t).Public(); first == again {
		t.Error("two keys are the same")
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, s); got != "signer of "+s.Public().String() {
			t.Errorf("%s prints %s", format, got)
		}
	}
}
