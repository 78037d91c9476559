package hub

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/translog"
)

const certificateFile = "dns/" + rpz.CertificateFile

// SharedFiles are the files of a data directory that all nodes of a hub have alike.
var SharedFiles = []string{secretsFile, logKeyFile, BulletinKeyFile, certificateFile}

// Document is what the nodes call a file on which they agree.
func Document(file string) string { return strings.ReplaceAll(file, "/", "-") }

// shareFiles has all nodes have the same secrets.
func (n *nodes) shareFiles(ctx context.Context, data string) error {
	if err := n.share(ctx, data, secretsFile, func() error { _, err := loadSecrets(data); return err }); err != nil {
		return err
	}
	s, err := loadSecrets(data)
	if err != nil {
		return err
	}
	for file, makeFile := range map[string]func(path string) error{
		logKeyFile:      func(path string) error { return translog.MakeKeys(path, logOrigin+s.Collection) },
		BulletinKeyFile: func(path string) error { _, err := deliver.LoadKey(path); return err },
		certificateFile: func(path string) error { return rpz.KeepCertificate(filepath.Dir(path)) },
	} {
		if err := n.share(ctx, data, file, func() error { return makeFile(filepath.Join(data, file)) }); err != nil {
			return err
		}
	}
	return nil
}

// share has all nodes have a file alike, as the first of them made it.
func (n *nodes) share(ctx context.Context, data, file string, makeFile func() error) error {
	path, document := filepath.Join(data, file), Document(file)
	agreed, err := n.engine.Agree(ctx, document, nil)
	if errors.Is(err, ledger.ErrNoEntry) {
		agreed, err = n.bring(ctx, path, document, makeFile)
	}
	if err != nil {
		return err
	}
	switch mine, err := os.ReadFile(path); {
	case err == nil && bytes.Equal(mine, agreed):
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, agreed, 0o600)
}

// bring brings this node's file for all nodes; another's may come before it.
func (n *nodes) bring(ctx context.Context, path, document string, makeFile func() error) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := makeFile(); err != nil {
		return nil, err
	}
	mine, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return n.engine.Agree(ctx, document, mine)
}
