package proof

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// mostCheckpoint is how long a checkpoint may be, in bytes: some hundred
// signature lines.
const mostCheckpoint = 64 << 10

// Known opens a checkpoint without the signature lines that are of none of the
// keys or do not verify: they count for nothing. It gives what is left as well,
// whose every line is known. The log has to have signed.
func Known(signed []byte, logs, witnesses []string) ([]byte, translog.Cosigned, error) {
	text, lines, found := bytes.Cut(signed, []byte("\n\n"))
	if !found || len(signed) > mostCheckpoint {
		return nil, translog.Cosigned{}, fmt.Errorf("open checkpoint: it has no signatures, or is longer than %d bytes", mostCheckpoint)
	}
	left := append(bytes.Clone(text), "\n\n"...)
	var c translog.Cosigned
	err := errors.New("open checkpoint: no key of the log that is known has signed it")
	for line := range bytes.Lines(lines) {
		longer := append(bytes.Clone(left), line...)
		if with, openErr := translog.OpenCosigned(longer, logs, witnesses); openErr == nil {
			left, c, err = longer, with, nil
		}
	}
	return left, c, err
}
