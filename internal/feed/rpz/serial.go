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
// they may have been given.
type serials struct {
	path    string // "": none is kept
	trouble func(error)

	mu       sync.Mutex
	any      bool
	last     uint32
	reserved uint32
}

// reserve is how many are reserved at a time, and at most lost with a restart: few
// beside the two thousand million after which the circle closes.
const reserve = 10_000

func openSerials(path string, trouble func(error)) (*serials, error) {
	n := &serials{path: path, trouble: trouble}
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
	n.any, n.last, n.reserved = true, uint32(last), uint32(last)
	return n, nil
}

// atLeast has the next serial be the given one or later.
func (n *serials) atLeast(serial uint32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.any || after(serial-1, n.last) {
		if !n.any {
			n.reserved = serial - 1
		}
		n.any, n.last = true, serial-1
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
