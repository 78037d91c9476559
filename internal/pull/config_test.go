package pull_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/pull"
)

func TestConfigIsReadFromTOML(t *testing.T) {
	var file struct {
		Sources []pull.Config `toml:"source"`
	}
	meta, err := toml.Decode(`
[[source]]
name = "circl"
kind = "misp"
url = "https://misp.example/feed/"
partner = "CERT Example"
every = "30m"
tlp = "amber"

[[source]]
name = "bad-names"
kind = "csv"
url = "https://lists.example/names.csv"
partner = "CERT Example"
columns = "host:domain,seen:timestamp"
delimiter = ";"
header = true
`, &file)
	if err != nil || len(meta.Undecoded()) > 0 {
		t.Fatalf("%v, unknown %v", err, meta.Undecoded())
	}
	want := []pull.Config{
		{Name: "circl", Kind: "misp", URL: "https://misp.example/feed/", Partner: "CERT Example", Every: 30 * time.Minute, TLP: "amber"},
		{
			Name: "bad-names", Kind: "csv", URL: "https://lists.example/names.csv", Partner: "CERT Example",
			Columns: "host:domain,seen:timestamp", Delimiter: ";", Header: true,
		},
	}
	if diff := cmp.Diff(want, file.Sources); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if _, err := pull.New(file.Sources, pull.Deps{}); err != nil {
		t.Error(err)
	}
}

func TestConfigThatDoesNotDo(t *testing.T) {
	good := pull.Config{Name: "l", Kind: "list", URL: "https://lists.example/l", Partner: "cert"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spoil func(*pull.Config)
		parts []string
	}{
		{func(c *pull.Config) { c.Name = "" }, []string{`source ""`, "name"}},
		{func(c *pull.Config) { c.Name = "A b" }, []string{`"A b"`}},
		{func(c *pull.Config) { c.Name = strings.Repeat("a", 41) }, []string{"at most 40"}},
		{func(c *pull.Config) { c.Kind = "rss" }, []string{"source l", `"rss"`, "taxii", "urlhaus"}},
		{func(c *pull.Config) { c.URL = "lists.example/l" }, []string{"https://host/path"}},
		{func(c *pull.Config) { c.URL = "https://u:s3cret@lists.example/l" }, []string{"password_file"}},
		{func(c *pull.Config) { c.URL = "http://lists.example/l" }, []string{"plain_http"}},
		{func(c *pull.Config) { c.URL = "%zz" }, []string{"url"}},
		{func(c *pull.Config) { c.Partner = "" }, []string{"partner"}},
		{func(c *pull.Config) { c.Collection = "x" }, []string{"collection"}},
		{func(c *pull.Config) { c.Every = time.Second }, []string{"every", "10s"}},
		{func(c *pull.Config) { c.MaxBytes = -1 }, []string{"max_bytes"}},
		{func(c *pull.Config) { c.User = "u" }, []string{"password_file"}},
		{func(c *pull.Config) { c.User, c.PasswordFile, c.TokenFile = "u", "p", "t" }, []string{"not both"}},
		{func(c *pull.Config) { c.TokenHeader = "X-Key" }, []string{"token_header"}},
		{func(c *pull.Config) { c.TLP = "purple" }, []string{"tlp", "purple"}},
		{func(c *pull.Config) { c.Community = "a b" }, []string{"community"}},
		{func(c *pull.Config) { c.ClientCert = "x.pem" }, []string{"client certificate"}},
		{func(c *pull.Config) { c.CA = filepath.Join("no", "such", "file") }, []string{"roots"}},
		{func(c *pull.Config) { c.Kind = "csv" }, []string{"columns"}},
		{func(c *pull.Config) { c.Columns = "host:domain" }, []string{"columns"}},
		{func(c *pull.Config) { c.Kind, c.SharingGroups = "misp", "x" }, []string{"sharing_groups"}},
	} {
		bad := good
		c.spoil(&bad)
		err := bad.Validate()
		if err == nil {
			t.Errorf("%+v is accepted", bad)
			continue
		}
		for _, part := range c.parts {
			if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%+v: %q does not say %q", bad, err, part)
			}
		}
	}
	_, err := pull.New([]pull.Config{good, good}, pull.Deps{})
	wantError(t, err, nil, "source l", "two of that name")
	for _, url := range []string{"http://127.0.0.1:80/", "http://localhost/", "http://[::1]/"} {
		plain := good
		plain.URL = url
		if err := plain.Validate(); err != nil {
			t.Error(err)
		}
	}
	plain := good
	plain.URL, plain.PlainHTTP = "http://lists.example/l", true
	if err := plain.Validate(); err != nil {
		t.Error(err)
	}
}
