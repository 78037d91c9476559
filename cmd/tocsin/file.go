package main

import (
	"errors"
	"io"
	"os"
)

// writeFile writes a whole file or says why not.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// writeGuarded writes a file that only its owner and its group may read, also
// where a file with another mode was there before.
func writeGuarded(path, text string) error {
	const mode = 0o640
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, mode)
	if err != nil {
		return err
	}
	err = f.Chmod(mode) // before there is anything to read
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	return errors.Join(err, f.Close())
}
