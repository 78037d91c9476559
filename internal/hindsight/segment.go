package hindsight

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"sort"
	"sync/atomic"
)

// segment is a file of records. Its blocks stay on disk; a separator for each
// is in memory.
type segment struct {
	footer
	number   uint64
	path     string
	size     int64
	file     *os.File // nil in tests of the parser
	data     io.ReaderAt
	replaced []uint64

	separators []byte
	blocks     []block

	users atomic.Int64 // the memory itself is one
	bad   atomic.Bool  // a block could not be read
}

type block struct {
	separator uint32 // where it begins in separators
	length    uint32
	at        int64
}

// maxTail bounds what is read into memory to open a segment.
const maxTail = 256 << 20

var errTail = errors.New("its end is damaged")

// parseSegment reads all but the blocks.
func parseSegment(data io.ReaderAt, size int64) (*segment, error) {
	s := &segment{data: data, size: size}
	var end [footerSize]byte
	if size < footerSize {
		return nil, fmt.Errorf("%d bytes are too few for a segment", size)
	}
	if _, err := data.ReadAt(end[:], size-footerSize); err != nil {
		return nil, err
	}
	if string(end[footerSize-8:]) != magic {
		return nil, fmt.Errorf("it does not end with %q", magic)
	}
	field := func(i int) uint64 { return binary.LittleEndian.Uint64(end[8*i:]) }
	s.footer = footer{int64(field(0)), field(1), field(2), field(3), field(4), field(5)}
	if s.indexFrom > s.listedFrom || s.listedFrom > uint64(size-footerSize) || uint64(size)-s.indexFrom > maxTail {
		return nil, errTail
	}
	tail := make([]byte, uint64(size)-s.indexFrom)
	if _, err := data.ReadAt(tail, int64(s.indexFrom)); err != nil {
		return nil, err
	}
	checked := tail[:len(tail)-12]
	if crc32.Checksum(checked, castagnoli) != binary.LittleEndian.Uint32(tail[len(checked):]) {
		return nil, errTail
	}
	if s.day < -math.MaxInt32 || s.day > math.MaxInt32 {
		return nil, fmt.Errorf("day %d is out of range", s.day)
	}
	listed := s.listedFrom - s.indexFrom
	if err := s.parseIndex(tail[:listed]); err != nil {
		return nil, err
	}
	return s, s.parseReplaced(tail[listed : len(tail)-footerSize])
}

func (s *segment) parseIndex(index []byte) error {
	at := int64(0)
	for len(index) > 0 {
		separator, rest, ok := cutBytes(index, maxKey)
		if !ok {
			return errTail
		}
		length, n := binary.Uvarint(rest)
		if n <= 0 || length <= 4 || length > blockSize+2*maxKey || at+int64(length) > int64(s.indexFrom) {
			return errTail
		}
		index = rest[n:]
		s.blocks = append(s.blocks, block{uint32(len(s.separators)), uint32(length), at})
		s.separators = append(s.separators, separator...)
		at += int64(length)
	}
	if at != int64(s.indexFrom) {
		return errTail
	}
	s.separators = bytes.Clone(s.separators) // without what append left over
	return nil
}

func (s *segment) parseReplaced(list []byte) error {
	count, n := binary.Uvarint(list)
	if n <= 0 || count > uint64(len(list)) {
		return errTail
	}
	for list = list[n:]; count > 0; count-- {
		number, n := binary.Uvarint(list)
		if n <= 0 {
			return errTail
		}
		s.replaced = append(s.replaced, number)
		list = list[n:]
	}
	if len(list) != 0 {
		return errTail
	}
	return nil
}

// cutBytes cuts off a uvarint and that many bytes.
func cutBytes(data []byte, most uint64) (cut, rest []byte, ok bool) {
	length, n := binary.Uvarint(data)
	if n <= 0 || length > most || length > uint64(len(data)-n) {
		return nil, nil, false
	}
	return data[n : n+int(length)], data[n+int(length):], true
}

func (s *segment) separator(i int) []byte {
	end := len(s.separators)
	if i+1 < len(s.blocks) {
		end = int(s.blocks[i+1].separator)
	}
	return s.separators[s.blocks[i].separator:end]
}

// find is the block in which key is if it is in any, from block from on.
func (s *segment) find(key []byte, from int) int {
	if from+1 < len(s.blocks) && bytes.Compare(s.separator(from+1), key) > 0 {
		return from // as it mostly is when many are asked for
	}
	n := sort.Search(len(s.blocks)-from, func(i int) bool { return bytes.Compare(s.separator(from+i), key) > 0 })
	return max(from+n-1, from)
}

// use keeps the file open until done.
func (s *segment) use() *segment {
	s.users.Add(1)
	return s
}

// done closes the file when nobody uses it any more. What was only read cannot
// get lost.
func (s *segment) done() {
	if s.users.Add(-1) == 0 {
		_ = s.file.Close()
	}
}
