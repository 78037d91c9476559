package observable

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// longestKey is far beyond what is written; a single key's name has at most
// 255 characters (Win32, "Registry Element Size Limits").
const longestKey = 16383

// hive is one way to write where a key begins, in lower case.
type hive struct{ written, normal string }

// hives are what the registry editor, its exports, scripts and the kernel
// write. HKEY_CLASSES_ROOT shows two places; what is written there goes into
// this one (Win32, "HKEY_CLASSES_ROOT Key").
var hives = [...]hive{
	{"hkey_local_machine", "HKEY_LOCAL_MACHINE"}, {"hklm", "HKEY_LOCAL_MACHINE"}, {`\registry\machine`, "HKEY_LOCAL_MACHINE"},
	{"hkey_users", "HKEY_USERS"}, {"hku", "HKEY_USERS"}, {`\registry\user`, "HKEY_USERS"},
	{"hkey_current_user", "HKEY_CURRENT_USER"}, {"hkcu", "HKEY_CURRENT_USER"},
	{"hkey_classes_root", `HKEY_LOCAL_MACHINE\software\classes`}, {"hkcr", `HKEY_LOCAL_MACHINE\software\classes`},
	{"hkey_current_config", "HKEY_CURRENT_CONFIG"}, {"hkcc", "HKEY_CURRENT_CONFIG"},
	{`\registry\a`, `\registry\a`}, // an application's own hive, which has no other name
}

// registryKey writes a key with its hive in full, as STIX wants it (section
// 6.17), and the rest in lower case: the registry ignores case. A value's name
// may stand at the end as if it were a key, as sensors write it.
//
// Two names are unified with what they lead to: ControlSet001 is the
// CurrentControlSet, as Sysmon writes it too; and the hive of a person's
// account, HKEY_USERS\S-1-5-21-..., is that person's HKEY_CURRENT_USER (with
// _Classes, its software\classes). The numbers would name the person, and
// mean nothing on another machine.
func registryKey(text string) (string, error) {
	key, err := registryPath(text, true)
	if err != nil {
		return "", fmt.Errorf("registry key %q: %w", text, err)
	}
	return key, nil
}

// RegistryKey writes a key as STIX wants it, with the case that it has: a
// pattern's "=" minds it, a Value does not. It is false for what is no key.
func RegistryKey(text string) (string, bool) {
	key, err := registryPath(norm.NFC.String(strings.TrimSpace(text)), false)
	return key, err == nil
}

var errNoKey = errors.New("it is a hive, no key in it")

func registryPath(text string, fold bool) (string, error) {
	if err := checkWritten(text, longestKey); err != nil {
		return "", err
	}
	found, rest, ok := cutHive(text)
	if !ok {
		return "", errors.New(`it begins with no hive, as HKEY_LOCAL_MACHINE\ or HKLM\`)
	}
	if strings.HasPrefix(text, found.normal+`\`) && isNormalKey(rest, fold) && !isAlias(found.normal, rest) {
		return text, nil
	}
	if rest == "" {
		return "", errNoKey
	}
	if fold {
		rest = folded(rest)
	}
	root, below := found.normal, cleanPath(rest, 1, '\\', false)[1:]
	if root == "HKEY_USERS" {
		root, below = asCurrentUser(below)
	}
	switch {
	case below != "":
		root += `\` + below
	case root == found.normal || !strings.Contains(root, `\`):
		return "", errNoKey
	}
	return currentControlSet(root), nil
}

// cutHive tells the hive from what follows it. Before it there may be
// "Computer", as the registry editor copies it, and after it a colon, as
// PowerShell writes its drives.
func cutHive(text string) (found hive, rest string, ok bool) {
	if hasPrefixFold(text, `computer\`) {
		text = text[len(`computer\`):]
	}
	for _, h := range hives {
		if !hasPrefixFold(text, h.written) {
			continue
		}
		rest := text[len(h.written):]
		if after, drive := strings.CutPrefix(rest, ":"); drive && text[0] != '\\' {
			rest = after
		}
		if rest == "" || rest[0] == '\\' {
			return h, rest, true
		}
	}
	return hive{}, "", false
}

// isNormalKey spares the keys that are normal already being taken apart.
func isNormalKey(rest string, fold bool) bool {
	return len(rest) > 1 && isASCII(rest) && isCleanPath(rest, 1, '\\', false) && (!fold || strings.IndexFunc(rest, isUpperASCII) < 0)
}

func isUpperASCII(r rune) bool { return r >= 'A' && r <= 'Z' }

// isAlias says that the key leads to another.
func isAlias(root, rest string) bool {
	return root == "HKEY_USERS" && isAccount(rest[1:]) || root == "HKEY_LOCAL_MACHINE" && hasPrefixFold(rest, `\system\controlset`)
}

// isAccount: the SID of a person's account in a domain or on a machine
// (S-1-5-21) or in Entra ID (S-1-12-1), not of the system itself.
func isAccount(below string) bool {
	return hasPrefixFold(below, "s-1-5-21-") || hasPrefixFold(below, "s-1-12-1-")
}

func asCurrentUser(below string) (root, rest string) {
	if !isAccount(below) {
		return "HKEY_USERS", below
	}
	sid, rest, _ := strings.Cut(below, `\`)
	const classes = "_classes"
	if at := len(sid) - len(classes); equalFoldASCII(sid[at:], classes) {
		return `HKEY_CURRENT_USER\software\classes`, rest
	}
	return "HKEY_CURRENT_USER", rest
}

// currentControlSet takes "ControlSet" and three digits for the current one.
func currentControlSet(key string) string {
	const before, system = `hkey_local_machine\system\controlset`, len(`hkey_local_machine\system\`)
	if !hasPrefixFold(key, before) {
		return key
	}
	rest := key[len(before):]
	if len(rest) < 3 || strings.Trim(rest[:3], "0123456789") != "" || len(rest) > 3 && rest[3] != '\\' {
		return key
	}
	return key[:system] + "currentcontrolset" + rest[3:]
}
