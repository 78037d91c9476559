package jetstream

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"

	"github.com/BurntSushi/toml"
)

// clusterFile is what a node's TOML file says. File names in it are taken from
// the directory that it is in.
type clusterFile struct {
	Nodes       []string `toml:"nodes"`       // HOST:PORT of every node, this one's included
	Listen      string   `toml:"listen"`      // this node's
	Hub         string   `toml:"hub"`         // HOST:PORT where its hub serves the other nodes; by default 100 ports above listen
	Dir         string   `toml:"dir"`         // where it keeps its copy
	Certificate string   `toml:"certificate"` // PEM, this node's, for the host in listen
	Key         string   `toml:"key"`         // PEM, the certificate's
	Authority   string   `toml:"authority"`   // PEM, that signs every node's certificate and no others

	// For a cluster of NATS servers that is there already: see [External]. The nodes'
	// addresses are then their names, and nobody listens at them.
	Servers     []string `toml:"servers,omitempty"`
	Credentials string   `toml:"credentials,omitempty"`
	System      string   `toml:"system_credentials,omitempty"`
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
	}{
		{"dir", &f.Dir}, {"certificate", &f.Certificate}, {"key", &f.Key}, {"authority", &f.Authority},
		{"credentials", &f.Credentials}, {"system_credentials", &f.System},
	} {
		outside := named.file == &f.Credentials || named.file == &f.System
		if outside && len(f.Servers) == 0 && *named.file == "" {
			continue
		}
		if *named.file == "" {
			return NodeConfig{}, fmt.Errorf("%s is missing", named.key)
		}
		if !filepath.IsAbs(*named.file) {
			*named.file = filepath.Join(filepath.Dir(path), *named.file)
		}
	}
	cfg := NodeConfig{Dir: f.Dir, Nodes: f.Nodes, Listen: f.Listen, Hub: f.Hub}
	if len(f.Servers) > 0 {
		cfg.External = &External{Servers: f.Servers, Credentials: f.Credentials, System: f.System}
	}
	if cfg.Hub == "" {
		if cfg.Hub, err = besideNode(f.Listen); err != nil {
			return NodeConfig{}, err
		}
	}
	if _, _, err := splitAddress(cfg.Hub); err != nil {
		return NodeConfig{}, fmt.Errorf("hub: %w", err)
	}
	if cfg.TLS, err = MutualTLS(f.Certificate, f.Key, f.Authority); err != nil {
		return NodeConfig{}, err
	}
	return cfg, cfg.verifyCluster()
}

// besideNode is where a node's hub serves the others if nothing else is said.
func besideNode(listen string) (string, error) {
	host, port, err := splitAddress(listen)
	if err != nil {
		return "", err
	}
	if port += 100; port > 65535 {
		port -= 200
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}
