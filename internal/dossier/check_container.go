package dossier

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/storedzip"
)

// checkContainer reads the files; those of a container with a file too many or
// too few are there for the other checks.
func (v *verifier) checkContainer() (string, error) {
	files, err := storedzip.Read(v.data, MaxSize)
	if err != nil {
		return "", err
	}
	v.files = files
	var wrong []string
	for _, name := range slices.Concat(listed, unlisted) {
		if _, there := files[name]; !there {
			wrong = append(wrong, name+" is missing")
		}
	}
	for name := range files {
		if !slices.Contains(listed, name) && !slices.Contains(unlisted, name) {
			wrong = append(wrong, name+" does not belong in a dossier")
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return "", errors.New(strings.Join(wrong[:min(len(wrong), 5)], "; "))
	}
	return fmt.Sprintf("%s, %s, nothing else", count(len(files), "file"), count(len(v.data), "byte")), nil
}

// checkManifest makes the manifest anew.
func (v *verifier) checkManifest() (string, error) {
	text, err := v.file(fileManifest)
	if err != nil {
		return "", err
	}
	for _, name := range listed {
		if _, err := v.file(name); err != nil {
			return "", err
		}
	}
	want := manifest(v.files)
	if bytes.Equal(text, want) {
		return count(len(listed), "file") + " with the digests that are listed", nil
	}
	for _, name := range listed {
		line := digestOf(v.files[name]) + "  " + name + "\n"
		if !bytes.Contains(text, []byte(line)) {
			return "", fmt.Errorf("%s: %s is not listed with the digest that it has, %s", fileManifest, name, digestOf(v.files[name]))
		}
	}
	return "", fmt.Errorf("%s: %s: it is not the list of the %d files", fileManifest, whereDiffers(want, text), len(listed))
}

// file is the content of a file, which may be missing.
func (v *verifier) file(name string) ([]byte, error) {
	if v.files == nil {
		return nil, notMade("container")
	}
	content, there := v.files[name]
	if !there {
		return nil, fmt.Errorf("%s is missing", name)
	}
	return content, nil
}
