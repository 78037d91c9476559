package feed

import "path/filepath"

const nftRemark = `Runs the edge, which keeps what is blocked in a table of its own, "inet tocsin":
nft list table inet tocsin
Changing the packet filter takes CAP_NET_ADMIN. What is in force stays until it
expires when the edge ends; to lift it at once: nft delete table inet tocsin`

// connectNFT needs nothing of the packet filter's configuration: the edge makes its
// own table there. The standalone form is the edge as well; where it listens and
// what it forwards to mean nothing to a packet filter.
func connectNFT(c ConnectConfig) (files map[string]string, start []string, err error) {
	dir := c.Dir
	if dir == "" {
		dir = "/var/lib/tocsin/nft"
	}
	edge, err := c.edgeCommand("nft", dir)
	if err != nil {
		return nil, nil, err
	}
	files = map[string]string{"start": startEdge(edge, nftRemark)}
	if !c.Standalone {
		return files, nil, nil
	}
	return files, []string{"sh", filepath.Join(c.Dir, "start")}, nil
}
