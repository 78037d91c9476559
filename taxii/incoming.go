package taxii

import (
	"errors"
	"io"
	"time"
)

// How long a client waits for a server.
const (
	answerTime = 5 * time.Minute // from the request to the header of the answer
	stallTime  = time.Minute     // for each further piece of the answer
)

var (
	errStalled = errors.New("the server has gone silent")
	errTooLong = errors.New("the server's answer is longer than the limit")
)

// incoming is the body of an answer, of limited length. The time that its
// reader spends on what it has read does not count against the server.
type incoming struct {
	from     io.Reader
	left     int64 // bytes
	patience *time.Timer

	tooLong bool  // there were more bytes
	failed  error // what from failed with, other than io.EOF
}

// Read reads what has arrived.
func (in *incoming) Read(p []byte) (int, error) {
	in.patience.Reset(stallTime)
	defer in.patience.Stop()
	if in.left <= 0 { // to be exactly as long as the limit is no error
		n, err := in.from.Read(make([]byte, 1))
		if n > 0 {
			in.tooLong, err = true, errTooLong
		}
		return 0, in.note(err)
	}
	n, err := in.from.Read(p[:min(int64(len(p)), in.left)])
	in.left -= int64(n)
	return n, in.note(err)
}

func (in *incoming) note(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		in.failed = err
	}
	return err
}
