package capture_test

import (
	"bytes"
	"encoding/binary"
	"io"
)

// floodFile is a capture of one packet over and over, from another address or
// port each time, that is never in memory as a whole.
type floodFile struct {
	packet []byte
	left   int
	begun  bool
	ready  []byte
}

func (f *floodFile) Read(p []byte) (int, error) {
	if len(f.ready) == 0 {
		switch {
		case !f.begun:
			f.begun = true
			f.ready = header(f.ready[:0])
		case f.left == 0:
			return 0, io.EOF
		default:
			f.left--
			const lastOfSource, sourcePort = 14 + 15, 14 + 20
			f.packet[lastOfSource] = byte(f.left)
			binary.BigEndian.PutUint16(f.packet[sourcePort:], uint16(f.left>>8))
			f.ready = record(f.ready[:0], f.packet)
		}
	}
	n := copy(p, f.ready)
	f.ready = f.ready[n:]
	return n, nil
}

// header and record are those of a pcap file (microseconds, Ethernet).
func header(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 1<<16)
	return binary.LittleEndian.AppendUint32(b, 1)
}

func record(b, packet []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(start.Unix()))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(packet)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(packet)))
	return append(b, packet...)
}

func newBytes(b []byte) io.Reader { return bytes.NewReader(b) }
