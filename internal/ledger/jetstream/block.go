package jetstream

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A block is a file of messages, one after the other. Integers are
// little-endian (nats-server 2.15, filestore.go, writeMsgRecordLocked).
//
//	offset  size  field
//	0       4     length of the record; the highest bit says that there are headers
//	4       8     seq; the highest bit says erased, the next one that another message was
//	12      8     time: nanoseconds since 1970-01-01 UTC
//	20      2     s, the length of the subject
//	22      s     subject
//	..      4     h, the length of the headers, if there are any
//	..      h     headers
//	..      ..    payload
//	..      8     checksum of seq, time, subject, headers and payload: HighwayHash, its
//	              key the SHA-256 of the stream's name, '-' and the block's number
//
// An entry has its own hash; but a server ends a block at the first checksum that
// does not hold, so it counts as damage.
const (
	blockHeader   = 22
	blockChecksum = highwayhash.Size64
	hasHeaders    = 1 << 31
	notAMessage   = 3 << 62
	// maxRecord is above what a server takes, with its headers and subject.
	maxRecord = maxPayload + 1<<20
)

// errBlock says that a block's bytes are not records.
var errBlock = fmt.Errorf("%w: a block of messages cannot be read", ledger.ErrCorrupt)

// block is a file of messages that is read.
type block struct {
	from io.Reader
	sum  hash.Hash64
}

// readBlock gives the messages of a block of the stream, those erased left out.
func readBlock(path, stream string, give func(message) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	b, err := newBlock(bufio.NewReaderSize(f, 1<<20), stream, blockNumber(path))
	for err == nil {
		var m *message
		if m, err = b.next(); err == nil && m != nil {
			err = give(*m)
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, errBlock):
		return fmt.Errorf("%s: %w", path, err)
	}
	return err
}

// blockNumber is that of the file's name.
func blockNumber(path string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".blk"))
	return n
}

func newBlock(from io.Reader, stream string, number int) (*block, error) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, number))
	sum, err := highwayhash.New64(key[:])
	return &block{from, sum}, err
}

// next reads one record; nil if it is no message, [io.EOF] at the end.
func (b *block) next() (*message, error) {
	var head [blockHeader]byte
	if _, err := io.ReadFull(b.from, head[:]); err != nil {
		return nil, short(err)
	}
	length := binary.LittleEndian.Uint32(head[0:])
	subject := int(binary.LittleEndian.Uint16(head[20:]))
	lengths := subject // and of the headers' own length, which the checksum leaves out
	if length&hasHeaders != 0 {
		lengths += 4
	}
	rest := int(length&^hasHeaders) - blockHeader
	if rest < lengths+blockChecksum || rest > maxRecord {
		return nil, fmt.Errorf("%w: a record of %d bytes", errBlock, length&^hasHeaders)
	}
	body := make([]byte, rest)
	if _, err := io.ReadFull(b.from, body); err != nil {
		return nil, fmt.Errorf("%w: %w", errBlock, io.ErrUnexpectedEOF)
	}
	payload := body[lengths : rest-blockChecksum]
	b.sum.Reset()
	for _, summed := range [][]byte{head[4:20], body[:subject], payload} {
		_, _ = b.sum.Write(summed) // it never fails
	}
	if !bytes.Equal(b.sum.Sum(nil), body[rest-blockChecksum:]) {
		return nil, fmt.Errorf("%w: the checksum of a record does not hold", errBlock)
	}
	if lengths > subject {
		headers := int64(binary.LittleEndian.Uint32(body[subject:]))
		if headers > int64(len(payload)) {
			return nil, fmt.Errorf("%w: headers longer than their record", errBlock)
		}
		payload = payload[headers:]
	}
	seq := binary.LittleEndian.Uint64(head[4:])
	if seq == 0 || seq&notAMessage != 0 {
		return nil, nil
	}
	return &message{Seq: ledger.Seq(seq), Data: payload}, nil
}

// short tells the end of a block from a record that is cut off.
func short(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", errBlock, err)
	}
	return err
}
