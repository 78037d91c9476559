package nft_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/nft"
)

// deprived is what Apply says to a process without capabilities: this one, if it has
// none, or itself started again as nobody.
func deprived(t *testing.T) error {
	t.Helper()
	if os.Getuid() != 0 {
		return apply()
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestWithoutTheRightToItSaysSo$", "-test.v")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	text, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(text), "--- PASS") {
		t.Fatalf("as nobody: %v: %s", err, text)
	}
	return errors.New("CAP_NET_ADMIN, said the test as nobody")
}

func apply() error {
	return nft.New(nft.Config{}).Apply(context.Background(), feed.Update{Anew: true, Set: func() feed.Set { return feed.Set{} }})
}
