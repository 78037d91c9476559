package match

import (
	"encoding/binary"
	"io"

	"github.com/tocsin-project/tocsin/internal/hugepages"
)

// readKept reads what is kept in memory. Every length is checked against the
// file before memory is asked for, and every offset against what it points
// into, so that lookups need no checks of their own.
func (b *base) readKept(in io.Reader, t *trailer) error {
	var headers [shards]shardHeader
	var room [shardSize]byte
	entries, at, kept := uint64(0), uint64(len(magic)), uint64(shards*shardSize)
	for i := range headers {
		if _, err := io.ReadFull(in, room[:]); err != nil {
			return err
		}
		h, err := readShard(room[:])
		if err != nil {
			return err
		}
		b.shards[i].start = int64(at)
		entries, at = entries+h.entries, at+h.bytes
		kept += 4 * h.buckets
		headers[i] = h
	}
	kept += t.blocks*blockSize + t.prefixes*prefixSize
	if entries != t.entries || at != t.kept || kept != uint64(b.kept) {
		return damaged("%d entries, %d bytes of them and %d in memory; the trailer says %d, %d and %d", entries, at, kept, t.entries, t.kept, b.kept)
	}
	b.count = int64(entries)
	for i := range headers {
		if err := b.shards[i].readDirectory(in, &headers[i]); err != nil {
			return err
		}
	}
	b.filter = make(filter, t.blocks)
	hugepages.Ask(b.filter)
	if err := readWords(in, blockSize, len(b.filter), func(i int, words []byte) {
		for w := range blockWords {
			b.filter[i][w] = binary.LittleEndian.Uint64(words[8*w:])
		}
	}); err != nil {
		return err
	}
	for range t.prefixes {
		if _, err := io.ReadFull(in, room[:prefixSize]); err != nil {
			return err
		}
		p, err := readPrefix(room[:prefixSize])
		if err != nil {
			return err
		}
		b.ranges.Insert(p)
	}
	return nil
}

func (s *shard) readDirectory(in io.Reader, h *shardHeader) error {
	s.ends = make([]uint32, h.buckets)
	if err := readWords(in, 4, len(s.ends), func(i int, b []byte) { s.ends[i] = binary.LittleEndian.Uint32(b) }); err != nil {
		return err
	}
	before := uint32(0)
	for _, end := range s.ends {
		if end < before || end-before < sumSize || end-before > maxBucket {
			return damaged("a bucket from %d to %d", before, end)
		}
		before = end
	}
	if uint64(before) != h.bytes {
		return damaged("the buckets of a shard end at %d of %d", before, h.bytes)
	}
	return nil
}

// readWords reads n words of width bytes.
func readWords(in io.Reader, width, n int, each func(i int, b []byte)) error {
	var room [8 << 10]byte
	per := len(room) / width
	for i := 0; i < n; i += per {
		m := min(per, n-i)
		if _, err := io.ReadFull(in, room[:m*width]); err != nil {
			return err
		}
		for j := range m {
			each(i+j, room[j*width:])
		}
	}
	return nil
}
