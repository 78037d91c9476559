// Package storedzip writes and reads ZIP files whose bytes follow from the
// names and contents of their files alone: stored without compression, sorted,
// with fixed metadata (docs/dossier.md, "The container", gives every byte; the
// fields are those of APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). Any
// unzip program reads them; nothing can be hidden between, before or behind
// the files, since what Write would not have written Read does not take.
package storedzip

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
)

const (
	localSize   = 30 // bytes of a local header without its name
	centralSize = 46 // bytes of a directory entry without its name
	endSize     = 22

	maxName  = 255
	maxFiles = 1000
	maxTotal = 1<<32 - 2 // 0xffffffff would say that a ZIP64 record has the number
)

// Write is the ZIP file of the named contents. It panics on what no such file
// can hold: a name that CheckName refuses, more than 1,000 files, or 4 GiB.
func Write(files map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(files))
	size := endSize
	for _, name := range names {
		if err := CheckName(name); err != nil {
			panic(err)
		}
		size += localSize + centralSize + 2*len(name) + len(files[name])
	}
	if len(names) > maxFiles || size > maxTotal {
		panic(fmt.Errorf("write zip: %d files of %d bytes are too much", len(names), size))
	}
	data := make([]byte, 0, size)
	emit(names, files, func(part []byte) bool {
		data = append(data, part...)
		return true
	})
	return data
}

// CheckName says what is wrong with a file's name: it has to be 1 to 255 of
// a-z, 0-9, '.', '/' and '-', and lead nowhere but down.
func CheckName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("name of %d bytes: 1 to %d are possible", len(name), maxName)
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '/' && c != '-' {
			return fmt.Errorf("name %q: only a-z, 0-9, '.', '/' and '-' are possible", name)
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return fmt.Errorf("name %q: it is not a plain path", name)
		}
	}
	return nil
}

// emit hands over the file's bytes piece by piece, in order, until to says no.
func emit(names []string, files map[string][]byte, to func(part []byte) bool) {
	sums := make([]uint32, len(names))
	offsets := make([]int, len(names))
	at := 0
	for i, name := range names {
		content := files[name]
		sums[i], offsets[i] = crc32.ChecksumIEEE(content), at
		header := append(localHeader(name, content, sums[i]), name...)
		if !to(header) || !to(content) {
			return
		}
		at += len(header) + len(content)
	}
	directory := at
	for i, name := range names {
		entry := append(centralHeader(name, files[name], sums[i], offsets[i]), name...)
		if !to(entry) {
			return
		}
		at += len(entry)
	}
	to(endRecord(len(names), at-directory, directory))
}

var order = binary.LittleEndian

func localHeader(name string, content []byte, sum uint32) []byte {
	b := make([]byte, 0, localSize+len(name))
	b = append(b, "PK\x03\x04"...)
	return common(b, name, content, sum)
}

// common is what both headers of a file say of it: version needed, flags,
// method, time, date, CRC-32, sizes, and the lengths of name and extra field.
func common(b []byte, name string, content []byte, sum uint32) []byte {
	for _, v := range []uint16{20, 0x0800, 0, 0, 0x0021} {
		b = order.AppendUint16(b, v)
	}
	for _, v := range []uint32{sum, uint32(len(content)), uint32(len(content))} {
		b = order.AppendUint32(b, v)
	}
	b = order.AppendUint16(b, uint16(len(name)))
	return order.AppendUint16(b, 0)
}

func centralHeader(name string, content []byte, sum uint32, offset int) []byte {
	b := make([]byte, 0, centralSize+len(name))
	b = append(b, "PK\x01\x02"...)
	b = order.AppendUint16(b, 20) // made by
	b = common(b, name, content, sum)
	for range 3 { // length of comment, disk, internal attributes
		b = order.AppendUint16(b, 0)
	}
	b = order.AppendUint32(b, 0) // external attributes
	return order.AppendUint32(b, uint32(offset))
}

func endRecord(files, size, offset int) []byte {
	b := append(make([]byte, 0, endSize), "PK\x05\x06"...)
	for _, v := range []int{0, 0, files, files} {
		b = order.AppendUint16(b, uint16(v))
	}
	b = order.AppendUint32(b, uint32(size))
	b = order.AppendUint32(b, uint32(offset))
	return order.AppendUint16(b, 0)
}
