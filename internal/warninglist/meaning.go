package warninglist

import "strings"

// Meaning is what a list's entries say about what lies below or within them.
type Meaning byte

// The meanings of lists.
const (
	// Owned: an entry's names below and addresses within are meant as well.
	Owned Meaning = iota
	// Strangers: the entry must not be blocked because of what lies below it, and
	// that belongs to others, attackers among them: never block the parent, but
	// let what lies below be judged by itself.
	Strangers
)

// strangersLists are the folders of lists of parents: suffixes under which
// anybody gets a name, sites on which anybody puts pages, ranges whose addresses
// anybody rents one by one, and mail domains at which anybody gets an address.
var strangersLists = func() map[string]bool {
	set := map[string]bool{}
	for _, folder := range strings.Fields(`
		dynamic-dns lots-project second-level-tlds tlds rfc6761
		url-shortener link-in-bio public-ipfs-gateways disposable-email parking-domain-ns
		amazon-aws google-gcp microsoft-azure microsoft-azure-china microsoft-azure-germany microsoft-azure-us-gov
		oracle-oci ovh-cluster vpn-ipv4 vpn-ipv6`) {
		set[folder] = true
	}
	return set
}()

// MeaningOf is that of the list in a folder of this name.
func MeaningOf(folder string) Meaning {
	if strangersLists[folder] {
		return Strangers
	}
	return Owned
}

func (m Meaning) flags() meta {
	if m == Strangers {
		return listed | strangers
	}
	return listed | below
}
