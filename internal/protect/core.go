package protect

// specialPrefixes are those of the IANA special-purpose address registries
// (RFC 6890), and multicast, but for the documentation ranges; and what of IPv6 is
// not global unicast (RFC 4291, section 2.4: all in use is within 2000::/3).
var specialPrefixes = newRanges(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
	"::/127", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	"::/3", "4000::/2", "8000::/1",
)

// specialNames are last labels.
var specialNames = map[string]bool{
	"localhost": true, "localdomain": true, "local": true, "internal": true, "intranet": true,
	"lan": true, "home": true, "corp": true, "private": true, "arpa": true,
}

var resolvers = newRanges(
	// Public resolvers: Google, Cloudflare, Quad9, OpenDNS, Verisign, Level 3,
	// AdGuard, CleanBrowsing, Control D, Yandex, 114DNS, AliDNS, DNSPod, DNS4EU.
	"8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844",
	"1.1.1.1", "1.0.0.1", "1.1.1.2", "1.0.0.2", "1.1.1.3", "1.0.0.3", "2606:4700:4700::1111", "2606:4700:4700::1001",
	"9.9.9.9", "9.9.9.10", "9.9.9.11", "149.112.112.112", "149.112.112.10", "149.112.112.11", "2620:fe::fe", "2620:fe::9",
	"208.67.222.222", "208.67.220.220", "2620:119:35::35", "2620:119:53::53",
	"64.6.64.6", "64.6.65.6", "4.2.2.1", "4.2.2.2", "4.2.2.3", "4.2.2.4", "4.2.2.5", "4.2.2.6",
	"94.140.14.14", "94.140.15.15", "2a10:50c0::ad1:ff", "2a10:50c0::ad2:ff", "185.228.168.9", "185.228.169.9",
	"76.76.2.0", "76.76.10.0", "77.88.8.8", "77.88.8.1", "114.114.114.114", "114.114.115.115",
	"223.5.5.5", "223.6.6.6", "2400:3200::1", "2400:3200:baba::1", "119.29.29.29", "86.54.11.1", "86.54.11.100",
	// The root servers, a to m (root-servers.org).
	"198.41.0.4", "170.247.170.2", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241", "192.112.36.4",
	"198.97.190.53", "192.36.148.17", "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33",
	"2001:503:ba3e::2:30", "2801:1b8:10::b", "2001:500:2::c", "2001:500:2d::d", "2001:500:a8::e", "2001:500:2f::f",
	"2001:500:12::d0d", "2001:500:1::53", "2001:7fe::53", "2001:503:c27::2:30", "2001:7fd::1", "2001:500:9f::42", "2001:dc3::35",
)

// coreNames are a small core of names whose loss takes more systems down than
// most attacks. It stands in for no full list.
var coreNames = set(
	// Operating systems and their updates.
	"microsoft.com", "windowsupdate.com", "windows.com", "windows.net", "office.com", "office365.com", "outlook.com",
	"microsoftonline.com", "live.com", "azure.com", "azure.net", "msftncsi.com", "msftconnecttest.com", "azureedge.net",
	"apple.com", "icloud.com", "mzstatic.com", "aaplimg.com", "apple-dns.net",
	"debian.org", "ubuntu.com", "canonical.com", "redhat.com", "fedoraproject.org", "suse.com", "opensuse.org",
	"kernel.org", "archlinux.org", "android.com", "mozilla.org", "mozilla.net", "firefox.com", "cisco.com",
	"paloaltonetworks.com", "fortinet.com", "fortiguard.com", "vmware.com", "adobe.com", "oracle.com", "java.com",
	// Search, mail, code, clouds and content networks.
	"google.com", "googleapis.com", "gstatic.com", "googleusercontent.com", "gvt1.com", "gvt2.com", "youtube.com",
	"googlevideo.com", "ytimg.com", "gmail.com", "github.com", "githubusercontent.com", "gitlab.com", "golang.org", "go.dev",
	"pypi.org", "pythonhosted.org", "npmjs.com", "npmjs.org", "docker.com", "docker.io", "maven.org", "rubygems.org",
	"crates.io", "amazon.com", "amazonaws.com", "awsstatic.com", "cloudfront.net", "cloudflare.com", "cloudflare.net",
	"akamai.com", "akamai.net", "akamaiedge.net", "akamaized.net", "edgekey.net", "edgesuite.net", "fastly.com",
	"fastly.net", "fastlylb.net", "facebook.com", "fbcdn.net", "whatsapp.com", "whatsapp.net", "wikipedia.org", "wikimedia.org",
	"dropbox.com", "zoom.us", "slack.com", "salesforce.com", "okta.com",
	// Certificates, time, names and security.
	"digicert.com", "letsencrypt.org", "lencr.org", "globalsign.com", "sectigo.com", "usertrust.com", "entrust.net",
	"verisign.com", "pki.goog", "ntp.org", "iana.org", "icann.org", "root-servers.net", "gtld-servers.net",
	"dns.google", "cloudflare-dns.com", "one.one.one.one", "quad9.net", "opendns.com", "virustotal.com", "abuse.ch",
	"first.org", "mitre.org", "nist.gov", "cisa.gov",
)

// coreParents are the names above core names that are not core themselves,
// each with one that it would swallow.
var coreParents = func() map[string]string {
	parents := map[string]string{}
	for name := range coreNames {
		for parent := range ancestors(name) {
			if _, core := coreNames[parent]; !core && (parents[parent] == "" || name < parents[parent]) {
				parents[parent] = name
			}
		}
	}
	return parents
}()

func set(names ...string) map[string]struct{} {
	m := make(map[string]struct{}, len(names))
	for _, name := range names {
		m[name] = struct{}{}
	}
	return m
}
