package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// network joins namespaces, one a hub, over a bridge that its clients are on as well:
// hubs can be kept from each other while clients reach them all. Packets are dropped
// where they arrive, so that whoever sends them is told nothing.
type network struct {
	names []string // of the namespaces
	slow  error    // why packets cannot be delayed; nil if they can
}

// address is a hub's in the network, 0 the first one's.
func address(i int) string { return fmt.Sprintf("10.77.0.%d", i+1) }

// newNetwork makes a network of so many namespaces, in those of this process.
func newNetwork(count int) (*network, error) {
	lines := []string{
		"mkdir -p /run/netns",
		"ip link add tocsin type bridge", "ip address add 10.77.0.254/24 dev tocsin", "ip link set tocsin up",
	}
	n := &network{}
	for i := range count {
		name := fmt.Sprintf("node%d", i+1)
		n.names = append(n.names, name)
		lines = append(lines,
			"ip netns add "+name,
			fmt.Sprintf("ip link add veth%d type veth peer name eth0 netns %s", i+1, name),
			fmt.Sprintf("ip link set veth%d master tocsin up", i+1),
			fmt.Sprintf("ip -n %s link set lo up", name),
			fmt.Sprintf("ip -n %s address add %s/24 dev eth0", name, address(i)),
			fmt.Sprintf("ip -n %s link set eth0 up", name))
	}
	for _, line := range lines {
		if err := system(line); err != nil {
			return nil, err
		}
	}
	for i := range count {
		if err := n.rule(i, "add table inet chaos; add chain inet chaos in { type filter hook input priority 0; }"); err != nil {
			return nil, err
		}
	}
	n.slow = n.delay(0, 1)
	if n.slow == nil {
		n.slow = n.delay(0, 0)
	}
	return n, nil
}

// within is a command in a hub's namespace.
func (n *network) within(i int, command []string) []string {
	return append([]string{"nsenter", "--net=/run/netns/" + n.names[i], "--"}, command...)
}

// rule gives the packet filter of a hub commands.
func (n *network) rule(i int, text string) error {
	args := n.within(i, []string{"nft", text})
	if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil { //nolint:noctx // it ends at once
		return fmt.Errorf("nft %s: %w: %s", text, err, strings.TrimSpace(string(said)))
	}
	return nil
}

// deaf has a hub hear nothing of another one.
func (n *network) deaf(i, to int) error {
	return n.rule(i, "add rule inet chaos in ip saddr "+address(to)+" drop")
}

// cut has two hubs hear nothing of each other.
func (n *network) cut(a, b int) error {
	if err := n.deaf(a, b); err != nil {
		return err
	}
	return n.deaf(b, a)
}

// lossy has a hub lose some of a hundred packets, at most 99, of the other hubs.
func (n *network) lossy(i, percent int) error {
	for other := range n.names {
		if other == i {
			continue
		}
		if err := n.rule(i, fmt.Sprintf("add rule inet chaos in ip saddr %s numgen random mod 100 < %d drop", address(other), percent)); err != nil {
			return err
		}
	}
	return nil
}

// delay has what a hub sends wait for so many milliseconds, half as many more or less;
// 0: no longer.
func (n *network) delay(i, milliseconds int) error {
	if milliseconds == 0 {
		return system("tc -n " + n.names[i] + " qdisc del dev eth0 root")
	}
	return system(fmt.Sprintf("tc -n %s qdisc replace dev eth0 root netem delay %dms %dms", n.names[i], milliseconds, milliseconds/2))
}

// heal has every hub hear everything again.
func (n *network) heal() error {
	for i := range n.names {
		if err := n.rule(i, "flush chain inet chaos in"); err != nil {
			return err
		}
		if n.slow == nil {
			_ = n.delay(i, 0) // there may be none
		}
	}
	return nil
}

// close takes the network down again, for the next run of this process.
func (n *network) close() error {
	for _, name := range n.names {
		if err := system("ip netns del " + name); err != nil {
			return err
		}
	}
	return system("ip link del tocsin")
}
