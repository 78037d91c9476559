package match

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/gaissmai/bart"
	"github.com/zeebo/xxh3"
)

// base is an open snapshot. What every lookup touches is read into memory and
// checked once; then a file that someone cuts short or overwrites can neither
// fault nor change an answer, as it could under a mapping. The entries are
// read with pread: they count as nobody's memory, a bucket is checked each
// time, and an error of the disk is an error.
type base struct {
	file   *os.File // closed by the garbage collector, after the last reader
	seed   uint64
	filter filter
	count  int64
	shards [shards]shard
	ranges *bart.Lite
	single bool
	size   int64 // of the file
	kept   int64 // bytes in memory

	unreadable atomic.Int64 // buckets that were asked for and could not be read
}

type shard struct {
	start int64
	ends  []uint32 // of the buckets, from start
}

// buffers are for buckets, which are read one after the other on hits.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// each calls yield for the entries with k's value until it returns false. A
// bucket that cannot be read holds none; it is counted.
func (b *base) each(h uint64, k *key, yield func(*parts) bool) {
	room := buffers.Get().(*[]byte)
	defer buffers.Put(room)
	n := int(h >> (64 - shardBits))
	if len(b.shards[n].ends) == 0 {
		return
	}
	bucket, err := b.bucket(n, bucketOf(h, uint32(len(b.shards[n].ends))), room)
	for err == nil && len(bucket) > 0 {
		p, ok := split(bucket)
		if !ok {
			err = damaged("an entry of shard %d", n)
			break
		}
		bucket = bucket[p.size:]
		if p.is(k) && !yield(&p) {
			return
		}
	}
	if err != nil {
		b.unreadable.Add(1)
	}
}

// bucket reads the entries of a bucket into room.
func (b *base) bucket(n int, i uint32, room *[]byte) ([]byte, error) {
	s := &b.shards[n]
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	size := int(s.ends[i] - from)
	if cap(*room) < size {
		*room = make([]byte, size)
	}
	buf := (*room)[:size]
	if _, err := b.file.ReadAt(buf, s.start+int64(from)); err != nil {
		return nil, fmt.Errorf("read shard %d, bucket %d: %w", n, i, err)
	}
	return checked(n, i, buf)
}

// checked is a bucket without its checksum.
func checked(n int, i uint32, bucket []byte) ([]byte, error) {
	if len(bucket) < sumSize {
		return nil, damaged("shard %d, bucket %d has %d bytes", n, i, len(bucket))
	}
	entries := bucket[:len(bucket)-sumSize]
	if binary.LittleEndian.Uint64(bucket[len(entries):]) != sumOf(n, i, entries) {
		return nil, damaged("shard %d, bucket %d has another checksum", n, i)
	}
	return entries, nil
}

func openBase(path string) (*base, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open indicator snapshot: %w", err)
	}
	b := &base{file: f, ranges: &bart.Lite{}}
	if err := b.read(); err != nil {
		return nil, fmt.Errorf("open indicator snapshot %s: %w", path, closing(f, err))
	}
	return b, nil
}

func closing(f *os.File, err error) error {
	if closed := f.Close(); closed != nil {
		return fmt.Errorf("%w (and %v)", err, closed) //nolint:errorlint // the first is the one to act on
	}
	return err
}

func (b *base) read() error {
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	b.size = info.Size()
	if !info.Mode().IsRegular() || b.size < int64(len(magic)+trailerSize+shards*shardSize) {
		return damaged("%d bytes", b.size)
	}
	ends := make([]byte, len(magic)+trailerSize)
	if _, err := b.file.ReadAt(ends[:len(magic)], 0); err != nil {
		return err
	}
	if _, err := b.file.ReadAt(ends[len(magic):], b.size-trailerSize); err != nil {
		return err
	}
	t, err := readTrailer(ends[:len(magic)], ends[len(magic):])
	if err != nil {
		return err
	}
	last := uint64(b.size - trailerSize)
	if t.kept < uint64(len(magic)) || t.kept > last-shards*shardSize {
		return damaged("what is kept in memory begins at %d of %d", t.kept, b.size)
	}
	b.seed, b.single, b.kept = t.seed, t.flags&1 != 0, int64(last-t.kept)
	sum := xxh3.New()
	in := bufio.NewReaderSize(io.TeeReader(io.NewSectionReader(b.file, int64(t.kept), b.kept), sum), 256<<10)
	if err := b.readKept(in, &t); err != nil {
		return err
	}
	if sum.Sum64() != t.sum {
		return damaged("what is kept in memory has another checksum")
	}
	return nil
}
