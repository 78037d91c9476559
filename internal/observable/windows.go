package observable

import (
	"errors"
	"strings"
)

var (
	errVariable = errors.New("sensors show where a variable leads; write the directory out, or a STIX pattern with LIKE")
	errNoRoot   = errors.New(`a path begins with a drive (C:\), a share (\\server\share\), a device (\Device\HarddiskVolume1\) or a slash`)
	errNoVolume = errors.New("this device holds no files")
)

// windowsPath writes a path in lower case with backslashes, whichever of
// Windows' names for the same place it is (Win32, "Naming Files, Paths, and
// Namespaces"; .NET, "File path formats on Windows systems"):
//
//	C:/Windows/./x.exe                  c:\windows\x.exe
//	\\?\C:\x.exe, \\.\C:\x, \??\C:\x    c:\x...
//	\\?\UNC\server\share\x, \Device\Mup\server\share\x
//	                                    \\server\share\x
//	\\?\GLOBALROOT\Device\HarddiskVolume3\x
//	                                    \device\harddiskvolume3\x
//
// Which drive a volume is only the machine itself knows, so that
// \Device\HarddiskVolume3\x and C:\x stay two paths; likewise \SystemRoot\x.
// Their FileName is the same. Dots and spaces at a name's end stay: sensors
// show the name that is on the disk.
func windowsPath(text string) (string, error) {
	if text[0] == '%' {
		return text, errVariable
	}
	path := folded(text)
	if strings.IndexByte(path, '/') >= 0 {
		path = strings.ReplaceAll(path, "/", `\`)
	}
	path, err := withoutNamespace(path)
	if err != nil {
		return text, err
	}
	root, err := windowsRoot(path)
	if err != nil {
		return text, err
	}
	path = cleanPath(path, root, '\\', true)
	return path, checkNames(path, root, '\\')
}

// withoutNamespace takes off the ways into the object manager's namespace.
func withoutNamespace(path string) (string, error) {
	rest := path
	for _, prefix := range [...]string{`\\?\`, `\\.\`, `\??\`} {
		if after, ok := strings.CutPrefix(path, prefix); ok {
			rest = after
			break
		}
	}
	if len(rest) == len(path) {
		if share, ok := strings.CutPrefix(path, `\device\mup\`); ok {
			return `\\` + share, nil
		}
		return path, nil
	}
	switch {
	case isDrive(rest):
		return rest, nil
	case strings.HasPrefix(rest, `unc\`):
		return `\\` + rest[len(`unc\`):], nil
	case strings.HasPrefix(rest, `globalroot\device\`):
		return withoutNamespace(rest[len(`globalroot`):])
	case strings.HasPrefix(rest, `volume{`):
		return `\\?\` + rest, nil
	}
	return "", errNoVolume
}

func isDrive(path string) bool {
	return len(path) >= 3 && path[1] == ':' && path[2] == '\\' && path[0]|0x20 >= 'a' && path[0]|0x20 <= 'z'
}

// windowsRoot is the length of what stands before the names of directories.
func windowsRoot(path string) (int, error) {
	switch {
	case isDrive(path):
		return len(`c:\`), nil
	case strings.HasPrefix(path, `\systemroot\`):
		return len(`\systemroot\`), nil
	case strings.HasPrefix(path, `\\?\`):
		return rootOf(path, len(`\\?\`), 1)
	case strings.HasPrefix(path, `\\`):
		return rootOf(path, len(`\\`), 2)
	case strings.HasPrefix(path, `\device\`):
		return rootOf(path, len(`\device\`), 1)
	}
	return 0, errNoRoot
}

// rootOf is where the names after the next few begin.
func rootOf(path string, at, names int) (int, error) {
	for range names {
		end := strings.IndexByte(path[at:], '\\')
		if end < 0 {
			return 0, errNoFile
		}
		if name := path[at : at+end]; name == "" || name == "." || name == ".." || name == "?" {
			return 0, errNoRoot
		}
		at += end + 1
	}
	return at, nil
}
