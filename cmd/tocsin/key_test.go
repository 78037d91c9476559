package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-project/tocsin/internal/signature"
)

// scriptSecrets looks through every file below a folder for secret keys, in
// their text, in hexadecimal and as bytes. That it finds the public halves shows
// that it looks where the hub keeps things.
func scriptSecrets(ts *testscript.TestScript, _ bool, args []string) {
	var kept bytes.Buffer
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		kept.Write(content)
		return err
	}))
	for _, name := range args[1:] {
		signer, err := signature.ReadSigner(ts.MkAbs(name))
		ts.Check(err)
		_, word, _ := strings.Cut(strings.TrimSpace(ts.ReadFile(name)), ":")
		seed, err := base64.StdEncoding.DecodeString(word)
		ts.Check(err)
		for _, form := range []string{word, hex.EncodeToString(seed), string(seed)} {
			if bytes.Contains(kept.Bytes(), []byte(form)) {
				ts.Fatalf("%s has the secret key of %s", args[0], name)
			}
		}
		if !bytes.Contains(kept.Bytes(), []byte(signer.Public().String())) {
			ts.Fatalf("%s does not have the public key of %s: the search sees nothing", args[0], name)
		}
	}
}
