package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/signature"
)

type noticeBundleCommand struct {
	hubFlags
	Out  string `required:"" help:"The file to write." placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print JSON: the file and the key that it is signed with."`
}

func (c *noticeBundleCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var sealed deliver.Envelope
	if err := hub.Get(env.Context, "/notices/bundle", &sealed); err != nil {
		return err
	}
	var key api.NoticeKey
	if err := hub.Get(env.Context, "/notices/key", &key); err != nil {
		return err
	}
	text, err := json.Marshal(sealed)
	if err != nil {
		return err
	}
	public, err := signature.ParsePublic(key.Key)
	if err != nil {
		return fmt.Errorf("the hub's key: %w", err)
	}
	if _, err := deliver.Open(text, public); err != nil { // before anybody carries it away
		return err
	}
	// What it holds is for the partner alone.
	if err := atomicfile.Write(c.Out, text, 0o600); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	if c.JSON {
		return env.printJSON(struct {
			File string `json:"file"`
			api.NoticeKey
		}{c.Out, key})
	}
	_, err = fmt.Fprintf(env.Stdout, "wrote %s\nsigned by %s\nfingerprint %s\n", c.Out, key.Key, key.Fingerprint)
	return err
}

type noticeKeyCommand struct {
	hubFlags
	JSON bool `name:"json" help:"Print JSON, with the fingerprint."`
}

func (c *noticeKeyCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var key api.NoticeKey
	if err := hub.Get(env.Context, "/notices/key", &key); err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(key)
	}
	_, err = fmt.Fprintln(env.Stdout, key.Key)
	return err
}

type noticeReadCommand struct {
	File  string           `arg:"" help:"The bundle."`
	Key   string           `required:"" help:"The hub's key, as 'tocsin notice key' prints it, or a file that holds it." placeholder:"KEY|FILE"`
	For   access.PartnerID `help:"The partner that it has to be for." placeholder:"ID"`
	After int64            `help:"The sequence of the bundle that you read last: an older one is refused." placeholder:"N"`
	JSON  bool             `name:"json" help:"Print JSON."`
}

func (c *noticeReadCommand) Run(env *environment) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	text, err := readBundle(c.File)
	if err != nil {
		return err
	}
	b, err := deliver.Open(text, key)
	if err != nil {
		return err
	}
	if err := b.Fits(c.For, c.After); err != nil {
		return err
	}
	if age := time.Since(b.Made); age > deliver.OldAfter {
		fmt.Fprintf(env.Stderr, "Warning: this was made %s ago: protections may have been recalled since, and alerts withdrawn.\n", age.Round(time.Hour))
	} else if age < -time.Hour {
		fmt.Fprintf(env.Stderr, "Warning: this was made in the future, at %s: one of the two clocks is wrong.\n", b.Made.Format(time.RFC3339))
	}
	if c.JSON {
		return env.printSafely(b)
	}
	return b.Print(env.Stdout)
}

func (c *noticeReadCommand) key() (signature.Public, error) {
	text := c.Key
	if !strings.HasPrefix(text, "ed25519:") {
		held, err := os.ReadFile(text)
		if err != nil {
			return signature.Public{}, usageError{fmt.Errorf("--key %q: neither a key (ed25519:...) nor a file that can be read: %w", text, errors.Unwrap(err))}
		}
		text = strings.TrimSpace(string(held))
	}
	key, err := signature.ParsePublic(text)
	if err != nil {
		return key, usageError{fmt.Errorf("--key: %w", err)}
	}
	return key, nil
}

// readBundle reads no more than a bundle can be, and one byte.
func readBundle(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, deliver.MaxBundle+1))
}

// printSafely prints JSON without a character that could steer a terminal: those stand
// in strings alone, and are written as \u there (RFC 8259, section 7).
func (env *environment) printSafely(v any) error {
	text, err := json.Marshal(v, jsontext.Multiline(true), json.Deterministic(true))
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, r := range string(text) {
		if unicode.IsPrint(r) || r == '\n' || r == '\t' { // which the encoder indents with
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	_, err = fmt.Fprintln(env.Stdout, out.String())
	return err
}
