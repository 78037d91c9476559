package translog

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Open opens the log in dir with one signing key, of which it makes the key file
// beside dir.
func Open(dir, skey string) (*Log, error) {
	file := filepath.Clean(dir) + ".key"
	if err := os.WriteFile(file, []byte(skey+"\n"), 0o600); err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(skey, "PRIVATE+KEY+"), "+")
	return OpenFile(dir, file, name)
}

// FailAt has f asked before every step of an append that touches the disk; an
// error of f takes the step's place, as a crash or a full disk would.
func (l *Log) FailAt(f func(step string) error) { l.failAt = f }

// HashesAt reads hashes as a proof does that looked at the size before an
// append made partial tiles superfluous.
func (l *Log) HashesAt(size int64) tlog.HashReader { return l.hashes(size) }

// RewriteKeyFile reads a key file and writes it again.
func RewriteKeyFile(text string) (string, error) {
	r, err := parseKeyring(text)
	if err != nil {
		return "", err
	}
	return r.String(), nil
}

// AwaitWaiting returns when n appends wait for their commit.
func AwaitWaiting(l *Log, n int) {
	for {
		l.queued.Lock()
		waiting := len(l.waiting)
		l.queued.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}
