package knowledge

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// expiry is the end of one version's validity, both in microseconds since 1970.
type expiry struct {
	until, version int64
	id             string
}

// expiries are in the order of their ends: what a generation wrote lies in a
// file that is read on as time goes by, what came since in a heap. A record of
// the file is until and version (8 bytes each, big-endian), the id's length (2)
// and the id.
type expiries struct {
	file  *os.File
	in    *bufio.Reader
	ahead *expiry // the file's next
	fresh expiryHeap
}

func openExpiries(path string) (*expiries, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	e := &expiries{file: f, in: bufio.NewReader(f)}
	if err := e.advance(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return e, nil
}

// advance reads the file's next record.
func (e *expiries) advance() error {
	e.ahead = nil
	if e.in == nil {
		return nil
	}
	one, err := readExpiry(e.in)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return damage(fmt.Errorf("read the ends of validity: %w", err))
	}
	e.ahead = &one
	return nil
}

func readExpiry(in *bufio.Reader) (one expiry, err error) {
	var head [18]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return one, err // io.EOF between two records
	}
	id := make([]byte, binary.BigEndian.Uint16(head[16:]))
	if _, err := io.ReadFull(in, id); err != nil {
		return one, io.ErrUnexpectedEOF
	}
	one.until = int64(binary.BigEndian.Uint64(head[0:]))
	one.version = int64(binary.BigEndian.Uint64(head[8:]))
	one.id = string(id)
	return one, nil
}

func writeExpiry(out *bufio.Writer, one expiry) error {
	var head [18]byte
	binary.BigEndian.PutUint64(head[0:], uint64(one.until))
	binary.BigEndian.PutUint64(head[8:], uint64(one.version))
	binary.BigEndian.PutUint16(head[16:], uint16(len(one.id)))
	_, err := out.Write(head[:])
	if err == nil {
		_, err = out.WriteString(one.id)
	}
	return err
}

func (e *expiries) add(one expiry) { heap.Push(&e.fresh, one) }

// due takes out what ends by now.
func (e *expiries) due(now time.Time) (list []expiry, err error) {
	limit := now.UnixMicro()
	for e.ahead != nil && e.ahead.until <= limit {
		list = append(list, *e.ahead)
		if err := e.advance(); err != nil {
			return list, err
		}
	}
	for len(e.fresh) > 0 && e.fresh[0].until <= limit {
		list = append(list, heap.Pop(&e.fresh).(expiry))
	}
	return list, nil
}

// writeExpiries writes what an old file still has and the fresh ones into a new
// file, in order, without those that are over by from.
func writeExpiries(dir, path, old string, from int64, fresh []expiry) error {
	fresh = slices.SortedFunc(slices.Values(fresh), func(a, b expiry) int { return cmp.Compare(a.until, b.until) })
	staged, err := atomicfile.Stage(dir, 0o600, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		e := &expiries{}
		if old != "" {
			var err error
			if e, err = openExpiries(old); err != nil {
				return err
			}
			defer e.close() //nolint:errcheck // it was only read
		}
		for e.ahead != nil || len(fresh) > 0 {
			var one expiry
			if len(fresh) == 0 || e.ahead != nil && e.ahead.until <= fresh[0].until {
				one = *e.ahead
				if err := e.advance(); err != nil {
					return err
				}
			} else {
				one, fresh = fresh[0], fresh[1:]
			}
			if one.until <= from {
				continue
			}
			if err := writeExpiry(out, one); err != nil {
				return err
			}
		}
		return out.Flush()
	})
	if err == nil {
		err = os.Rename(staged, path)
	}
	return err
}

func (e *expiries) close() error {
	if e.file == nil {
		return nil
	}
	return e.file.Close()
}

// expiryHeap has the first end at its root.
type expiryHeap []expiry

func (h expiryHeap) Len() int           { return len(h) }
func (h expiryHeap) Less(i, j int) bool { return h[i].until < h[j].until }
func (h expiryHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is container/heap's.
func (h *expiryHeap) Push(x any) { *h = append(*h, x.(expiry)) }

// Pop is container/heap's.
func (h *expiryHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = expiry{}
	*h = (*h)[:last]
	return x
}
