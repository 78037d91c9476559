package translog

import (
	"runtime"

	"golang.org/x/mod/sumdb/tlog"
)

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
