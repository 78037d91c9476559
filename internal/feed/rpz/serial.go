package rpz

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// serials gives each serial once, also over restarts: on disk is up to which
// they may have been given. They begin no earlier than with the time in seconds:
// without the file, or with one from a backup, they are later than before unless
// there was more than one a second.
type serials struct {
	path    string // "": none is kept
	trouble func(error)

	mu       sync.Mutex
	last     uint32
	reserved uint32
}

// reserve is how many are reserved at a time, and at most lost with a restart: few
// beside the two thousand million after which the circle closes.
const reserve = 10_000

// openSerials begins with first, or later if the file says so.
func openSerials(path string, first uint32, trouble func(error)) (*serials, error) {
	n := &serials{path: path, trouble: trouble, last: first - 1, reserved: first - 1}
	text, err := os.ReadFile(path)
	if path == "" || os.IsNotExist(err) {
		return n, nil
	}
	if err != nil {
		return nil, err
	}
	last, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%s holds no serial: %w", path, err)
	}
	n.last, n.reserved = uint32(last), uint32(last)
	n.past(first) // what was restored from a backup is behind
	return n, nil
}

// past has the next serial be later than one.
func (n *serials) past(serial uint32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if after(serial, n.last) {
		n.last = serial
	}
}

// next is a serial that was not given before.
func (n *serials) next() uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	if n.path != "" && (n.last == n.reserved || after(n.last, n.reserved)) {
		n.reserved = n.last + reserve
		if err := atomicfile.Write(n.path, []byte(strconv.FormatUint(uint64(n.reserved), 10)+"\n"), 0o600); err != nil {
			n.trouble(err)
		}
	}
	return n.last
}
