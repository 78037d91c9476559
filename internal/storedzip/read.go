package storedzip

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
)

// Read is the files of a ZIP file that Write has written; their contents share
// data's memory. limit is the most bytes that the contents may have together.
// An error says at which byte data is not what Write would have written.
func Read(data []byte, limit int64) (map[string][]byte, error) {
	if int64(len(data)) > maxTotal {
		return nil, fmt.Errorf("read zip: %d bytes are too much", len(data))
	}
	files := make(map[string][]byte)
	at, total := 0, int64(0)
	for bytes.HasPrefix(data[at:], []byte("PK\x03\x04")) {
		if len(data)-at < localSize {
			return nil, fmt.Errorf("read zip: byte %d: it ends within a header", at)
		}
		size, name := int64(order.Uint32(data[at+18:])), int(order.Uint16(data[at+26:]))
		start := at + localSize + name
		if int64(start)+size > int64(len(data)) {
			return nil, fmt.Errorf("read zip: byte %d: a file of %d bytes does not fit in what there is", at, size)
		}
		called := string(data[at+localSize : start])
		if err := CheckName(called); err != nil {
			return nil, fmt.Errorf("read zip: byte %d: %w", at+localSize, err)
		}
		if _, twice := files[called]; twice {
			return nil, fmt.Errorf("read zip: byte %d: %s is there twice", at, called)
		}
		if len(files) == maxFiles {
			return nil, fmt.Errorf("read zip: byte %d: it has more than %d files", at, maxFiles)
		}
		if total += size; total > limit {
			return nil, fmt.Errorf("read zip: byte %d: its files are larger than %d bytes together", at, limit)
		}
		sum := order.Uint32(data[at+14:])
		at = start + int(size)
		files[called] = data[start:at:at]
		if crc32.ChecksumIEEE(files[called]) != sum {
			return nil, fmt.Errorf("read zip: %s: its content does not have the checksum that is written with it", called)
		}
	}
	if err := compare(data, files); err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	return files, nil
}

// compare holds data against what Write makes of the files.
func compare(data []byte, files map[string][]byte) error {
	at := 0
	var err error
	emit(slices.Sorted(maps.Keys(files)), files, func(part []byte) bool {
		held := data[at:min(at+len(part), len(data))]
		if bytes.Equal(held, part) {
			at += len(part)
			return true
		}
		same := 0
		for same < len(held) && held[same] == part[same] {
			same++
		}
		err = fmt.Errorf("byte %d: it is not what the files' names and contents give", at+same)
		return false
	})
	if err == nil && at < len(data) {
		return fmt.Errorf("byte %d: something follows the end", at)
	}
	return err
}
