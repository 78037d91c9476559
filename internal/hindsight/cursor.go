package hindsight

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

var errBlock = errors.New("a block is damaged")

// cursor goes through a segment's records in the order of their keys.
type cursor struct {
	s    *segment
	next int    // the block after the one that is read
	room []byte // of that block
	rest []byte // of it, not yet read
	key  []byte
	record
	err error
}

func newCursor(s *segment) *cursor { return &cursor{s: s} }

// reset begins anew with another segment, in the same room.
func (c *cursor) reset(s *segment) { *c = cursor{s: s, room: c.room, key: c.key[:0]} }

// advance goes to the next record; false is the end or c.err.
func (c *cursor) advance() bool {
	if c.err != nil {
		return false
	}
	if len(c.rest) == 0 {
		if c.next >= len(c.s.blocks) || !c.load(c.next) {
			return false
		}
	}
	if c.err = c.parse(); c.err != nil {
		c.err = fmt.Errorf("block at byte %d: %w", c.s.blocks[c.next-1].at, c.err)
		return false
	}
	return true
}

// seek goes forward to the first record whose key is not less.
func (c *cursor) seek(key []byte) bool {
	if i := c.s.find(key, max(c.next-1, 0)); i >= c.next {
		if len(c.s.blocks) == 0 || !c.load(i) {
			return false
		}
	}
	for {
		if !c.advance() {
			return false
		}
		if bytes.Compare(c.key, key) >= 0 {
			return true
		}
	}
}

func (c *cursor) load(i int) bool {
	b := c.s.blocks[i]
	if cap(c.room) < int(b.length) {
		c.room = make([]byte, max(int(b.length), blockSize+512))
	}
	data := c.room[:b.length]
	if _, err := c.s.data.ReadAt(data, b.at); err != nil {
		c.err = err
		return false
	}
	body := data[:len(data)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[len(body):]) {
		c.err = fmt.Errorf("block at byte %d: %w", b.at, errBlock)
		return false
	}
	c.rest, c.next, c.key = body, i+1, c.key[:0]
	return true
}

// parse reads the record at the front of the block's rest.
func (c *cursor) parse() error {
	data := c.rest
	shared, more := int(data[0]>>4), int(data[0]&15)
	data = data[1:]
	for _, n := range []*int{&shared, &more} {
		if *n == 15 {
			rest, k := binary.Uvarint(data)
			if k <= 0 || rest > maxKey {
				return errBlock
			}
			*n += int(rest)
			data = data[k:]
		}
	}
	if shared > len(c.key) || more > len(data) || shared+more > maxKey {
		return errBlock
	}
	c.key = append(c.key[:shared], data[:more]...)
	var err error
	c.record, c.rest, err = readRecord(data[more:], c.s.base())
	return err
}

func (s *segment) base() int64 { return s.day * secondsADay }
