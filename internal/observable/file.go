package observable

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// longestName is NTFS's limit in UTF-16 units, and that of most POSIX file
	// systems in bytes; neither is exceeded by a name of as many characters.
	longestName = 255
	// longestPath is Windows' limit (Win32, "Maximum Path Length Limitation");
	// Linux has 4,096 bytes.
	longestPath = 32767
)

var (
	errWildcard = errors.New("a wildcard names no single file; write a STIX pattern with LIKE")
	errNoFile   = errors.New("it names a directory or a volume, no file")
	errNoName   = errors.New(`no name on Windows has a <, >, | or "`)

	errDirectory = fmt.Errorf("it has a directory; give it as %s", FilePath)
)

// fileName is a name without its directory. It is compared as Windows does,
// without regard to case: nearly all names that are shared are of files on
// Windows, where writing "TaskSche.EXE" costs an attacker nothing. That "setup"
// then meets "SETUP" on Linux, too, is the price.
func fileName(text string) (string, error) {
	err := checkWritten(text, longestName)
	name := text
	if err == nil {
		name = folded(text)
		err = checkNames(name, 0, noSeparator)
	}
	if err != nil {
		return "", fmt.Errorf("file name %q: %w", text, err)
	}
	return name, nil
}

// filePath is a directory and a name in it, from a file system's root: a path
// as Windows or as POSIX has it.
func filePath(text string) (string, error) {
	err := checkWritten(text, longestPath)
	if err == nil {
		if text[0] == '/' {
			text, err = posixPath(text)
		} else {
			text, err = windowsPath(text)
		}
	}
	if err != nil {
		return "", fmt.Errorf("file path %q: %w", text, err)
	}
	return text, nil
}

// posixPath keeps case: there two names that differ in it are two files.
// (That it is composed is how macOS compares.) Repeated slashes and "." are left out
// (POSIX.1-2017, section 4.13); ".." stays, since it depends on links.
func posixPath(text string) (string, error) {
	text = cleanPath(text, 1, '/', false)
	return text, checkNames(text, 1, '/')
}

// cleanPath leaves out, after the root, empty names and "." and if resolve is
// set also ".." with what it goes back over, and white space at the end. It
// returns path itself if there is nothing to leave out.
func cleanPath(path string, root int, separator byte, resolve bool) string {
	if isCleanPath(path, root, separator, resolve) {
		return path
	}
	var kept []string
	keep := func(name string) {
		switch {
		case name == "" || name == ".":
		case name == ".." && resolve:
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, name)
		}
	}
	for name := range strings.SplitSeq(path[root:], string(separator)) {
		keep(name)
	}
	for n := len(kept); n > 0; n = len(kept) {
		last := strings.TrimRightFunc(kept[n-1], unicode.IsSpace)
		kept = kept[:n-1]
		if keep(last); len(kept) == n {
			break
		}
	}
	return path[:root] + strings.Join(kept, string(separator))
}

func isCleanPath(path string, root int, separator byte, resolve bool) bool {
	for rest := path[root:]; ; {
		end := strings.IndexByte(rest, separator)
		name := rest
		if end >= 0 {
			name = rest[:end]
		}
		if name == "" || name == "." || name == ".." && resolve {
			return false
		}
		if end < 0 {
			return true
		}
		rest = rest[end+1:]
	}
}

// noSeparator is what stands in no name: then the text is one name.
const noSeparator = 0

// checkNames looks at each name below the root, of which there has to be one.
// The text has been through checkWritten.
func checkNames(path string, root int, separator byte) error {
	start := root
	for i := root; i < len(path); i++ {
		switch c := path[i]; {
		case c == separator:
			if err := checkName(path[start:i]); err != nil {
				return err
			}
			start = i + 1
		case c == '*' || c == '?':
			return errWildcard
		case separator == noSeparator && (c == '/' || c == '\\'):
			return errDirectory
		case separator == '\\' && (c == '<' || c == '>' || c == '"' || c == '|'):
			return errNoName
		}
	}
	if last := path[start:]; last == "" || last == "." || last == ".." {
		return errNoFile
	}
	return checkName(path[start:])
}

func checkName(name string) error {
	if len(name) > longestName && utf8.RuneCountInString(name) > longestName {
		return errTooLong
	}
	return nil
}

// FileName is the name at the end of a path.
func (v Value) FileName() (Value, bool) {
	if v.Type != FilePath {
		return Value{}, false
	}
	_, name := v.split()
	file, err := New(FileName, name)
	return file, err == nil
}

// split takes a path's directory and name apart. A root keeps its separator.
func (v Value) split() (directory, name string) {
	at := strings.LastIndexAny(v.Text, `\`)
	if v.Text[0] == '/' {
		at = strings.LastIndexByte(v.Text, '/')
	}
	directory, name = v.Text[:at], v.Text[at+1:]
	if directory == "" || strings.HasSuffix(directory, ":") {
		directory = v.Text[:at+1]
	}
	return directory, name
}
