package hindsight

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// Abandon leaves the memory as kill -9 does, but for what works in the
// background, which would go on.
func (m *Memory) Abandon() { m.work.Wait() }

// Settle waits for writes and merges.
func (m *Memory) Settle() { m.work.Wait() }

// ReadSegment reads every record of a segment.
func ReadSegment(data []byte) (records int, err error) {
	s, err := parseSegment(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return 0, err
	}
	c := newCursor(s)
	for c.advance() {
		valueOf(c.key)
		records++
	}
	return records, c.err
}

// AskSegment asks a segment alone.
func AskSegment(data []byte, questions []Question) error {
	s, err := parseSegment(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	return newInquiry(questions).askSegment(s)
}

var (
	AppendKey = appendKey
	ValueOf   = valueOf
	CodeOf    = codeOf
)

// Sealed is data with the checksums that a segment of its bytes would have, so
// that the parser behind them is reached.
func Sealed(data []byte) []byte {
	data = bytes.Clone(data)
	if len(data) < footerSize {
		return data
	}
	copy(data[len(data)-8:], magic)
	end := data[len(data)-footerSize:]
	from := binary.LittleEndian.Uint64(end[32:])
	if from > uint64(len(data)-footerSize) {
		return data
	}
	checked := data[from : len(data)-12]
	binary.LittleEndian.PutUint32(data[len(data)-12:], crc32.Checksum(checked, castagnoli))
	s, err := parseSegment(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return data
	}
	for _, b := range s.blocks {
		body := data[b.at : b.at+int64(b.length)-4]
		binary.LittleEndian.PutUint32(data[b.at+int64(b.length)-4:], crc32.Checksum(body, castagnoli))
	}
	return data
}
