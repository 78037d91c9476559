package jetstream

import (
	"fmt"
	"path/filepath"

	"github.com/BurntSushi/toml"
)

// clusterFile is what a node's TOML file says. File names in it are taken from
// the directory that it is in.
type clusterFile struct {
	Nodes       []string `toml:"nodes"`       // HOST:PORT of every node, this one's included
	Listen      string   `toml:"listen"`      // this node's
	Dir         string   `toml:"dir"`         // where it keeps its copy
	Certificate string   `toml:"certificate"` // PEM, this node's, for the host in listen
	Key         string   `toml:"key"`         // PEM, the certificate's
	Authority   string   `toml:"authority"`   // PEM, that signs every node's certificate and no others
}

// ReadConfig reads a node's file; a key that it does not know is an error.
func ReadConfig(path string) (NodeConfig, error) {
	cfg, err := readConfig(path)
	if err != nil {
		return NodeConfig{}, fmt.Errorf("read cluster file %s: %w", path, err)
	}
	return cfg, nil
}

func readConfig(path string) (NodeConfig, error) {
	var f clusterFile
	meta, err := toml.DecodeFile(path, &f)
	if err != nil {
		return NodeConfig{}, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return NodeConfig{}, fmt.Errorf("unknown key %q", unknown[0].String())
	}
	for _, named := range []struct {
		key  string
		file *string
	}{{"dir", &f.Dir}, {"certificate", &f.Certificate}, {"key", &f.Key}, {"authority", &f.Authority}} {
		if *named.file == "" {
			return NodeConfig{}, fmt.Errorf("%s is missing", named.key)
		}
		if !filepath.IsAbs(*named.file) {
			*named.file = filepath.Join(filepath.Dir(path), *named.file)
		}
	}
	cfg := NodeConfig{Dir: f.Dir, Nodes: f.Nodes, Listen: f.Listen}
	if cfg.TLS, err = MutualTLS(f.Certificate, f.Key, f.Authority); err != nil {
		return NodeConfig{}, err
	}
	return cfg, cfg.verifyCluster()
}
