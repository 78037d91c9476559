package match

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// record is one entry of a shard: its hash and where it lies.
type record struct {
	hash     uint64
	at, size uint32
}

func (r record) of(data []byte) []byte { return data[r.at : r.at+r.size] }

// snapshotWriter writes a snapshot, shard by shard. It holds what will be kept
// in memory, about three bytes an indicator, and one shard.
type snapshotWriter struct {
	out      io.Writer
	filter   filter
	headers  [shards]shardHeader
	ends     [shards][]byte
	prefixes []byte
	single   bool
	entries  uint64
	written  uint64
}

func (w *snapshotWriter) write(b []byte) error {
	n, err := w.out.Write(b)
	w.written += uint64(n)
	return err
}

// begin writes what stands before the first shard.
func (w *snapshotWriter) begin() error { return w.write([]byte(magic)) }

// shard writes the n-th shard: the records, whose bytes are in data. It sorts
// them; what is there twice is written once.
func (w *snapshotWriter) shard(n int, data []byte, records []record) error {
	byHash := func(a, b record) int {
		if c := cmp.Compare(a.hash, b.hash); c != 0 {
			return c
		}
		return bytes.Compare(a.of(data), b.of(data))
	}
	if !slices.IsSortedFunc(records, byHash) {
		slices.SortFunc(records, byHash)
	}
	records = slices.CompactFunc(records, func(a, b record) bool {
		return a.hash == b.hash && bytes.Equal(a.of(data), b.of(data))
	})
	if len(records) == 0 {
		return nil
	}
	h := &w.headers[n]
	h.entries = uint64(len(records))
	h.buckets = (h.entries + perBucket - 1) / perBucket
	w.entries += h.entries
	var bucket []byte
	next := 0
	for i := range uint32(h.buckets) {
		bucket = bucket[:0]
		for ; next < len(records) && bucketOf(records[next].hash, uint32(h.buckets)) == i; next++ {
			r := records[next]
			if next == 0 || records[next-1].hash != r.hash {
				w.filter.add(r.hash)
				w.note(r.of(data))
			}
			if w.single = w.single || isSingle(r.of(data)); len(bucket)+int(r.size)+sumSize > maxBucket {
				return fmt.Errorf("indicators of the same value have more than %d bytes; remove some", maxBucket)
			}
			bucket = append(bucket, r.of(data)...)
		}
		bucket = binary.LittleEndian.AppendUint64(bucket, sumOf(n, i, bucket))
		if h.bytes += uint64(len(bucket)); h.bytes > maxShard {
			return fmt.Errorf("the indicators have more than %d bytes, a snapshot's most; remove some", uint64(shards)<<32)
		}
		w.ends[n] = binary.LittleEndian.AppendUint32(w.ends[n], uint32(h.bytes))
		if err := w.write(bucket); err != nil {
			return err
		}
	}
	return nil
}

// note keeps the prefix that an entry is of.
func (w *snapshotWriter) note(entry []byte) {
	if p, ok := split(entry); ok && (p.code() == codeIPv4 || p.code() == codeIPv6) && bytes.IndexByte(p.text, '/') >= 0 {
		if prefix, ok := (observable.Value{Type: observable.IPv4, Text: string(p.text)}).Prefix(); ok {
			w.prefixes = appendPrefix(w.prefixes, prefix.Masked())
		}
	}
}

func isSingle(entry []byte) bool {
	p, ok := split(entry)
	return ok && p.subdomains() && bytes.IndexByte(p.text, '.') < 0
}

// end writes what is kept in memory, and the trailer.
func (w *snapshotWriter) end(seed uint64) error {
	t := trailer{seed: seed, entries: w.entries, kept: w.written, prefixes: uint64(len(w.prefixes) / prefixSize), blocks: uint64(len(w.filter))}
	if w.single {
		t.flags = 1
	}
	sum := xxh3.New()
	both := io.MultiWriter(w.out, sum)
	var headers []byte
	for i := range w.headers {
		headers = w.headers[i].append(headers)
	}
	for _, part := range append([][]byte{headers}, w.ends[:]...) {
		if _, err := both.Write(part); err != nil {
			return err
		}
	}
	var block [blockSize]byte
	for i := range w.filter {
		for j, word := range w.filter[i] {
			binary.LittleEndian.PutUint64(block[8*j:], word)
		}
		if _, err := both.Write(block[:]); err != nil {
			return err
		}
	}
	if _, err := both.Write(w.prefixes); err != nil {
		return err
	}
	t.sum = sum.Sum64()
	_, err := w.out.Write(t.bytes())
	return err
}
