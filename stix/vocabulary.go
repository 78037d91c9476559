package stix

import (
	"strings"
	"sync"
)

// vocabularies are those of section 10, one a line: name, section, values. The
// tables say which of them are closed ('=', an enumeration) and which open ('~').
//
//nolint:misspell // the specification's words
const vocabularies = `
account-type 10.1 facebook ldap nis openid radius skype tacacs twitter unix windows-local windows-domain
attack-motivation 10.2 accidental coercion dominance ideology notoriety organizational-gain personal-gain personal-satisfaction revenge unpredictable
attack-resource-level 10.3 individual club contest team organization government
encryption-algorithm 10.4 AES-256-GCM ChaCha20-Poly1305 mime-type-indicated
extension-type 10.5 new-sdo new-sco new-sro property-extension toplevel-property-extension
grouping-context 10.6 suspicious-activity malware-analysis unspecified
hash-algorithm 10.7 MD5 SHA-1 SHA-256 SHA-512 SHA3-256 SHA3-512 SSDEEP TLSH
identity-class 10.8 individual group system organization class unknown
implementation-language 10.9 applescript bash c c++ c# go java javascript lua objective-c perl php powershell python ruby rust scala swift typescript visual-basic x86-32 x86-64
indicator-type 10.10 anomalous-activity anonymization benign compromised malicious-activity attribution unknown
industry-sector 10.11 agriculture aerospace automotive chemical commercial communications construction defense education energy entertainment financial-services government emergency-services government-local government-national government-public-services government-regional healthcare hospitality-leisure infrastructure dams nuclear water insurance legal manufacturing mining non-profit pharmaceuticals retail technology telecommunications transportation utilities
infrastructure-type 10.12 amplification anonymization botnet command-and-control control-system exfiltration firewall hosting-malware hosting-target-lists phishing reconnaissance routers-switches staging workstation unknown
malware-capabilities 10.13 accesses-remote-machines anti-debugging anti-disassembly anti-emulation anti-memory-forensics anti-sandbox anti-vm captures-input-peripherals captures-output-peripherals captures-system-state-data cleans-traces-of-infection commits-fraud communicates-with-c2 compromises-data-availability compromises-data-integrity compromises-system-availability controls-local-machine degrades-security-software degrades-system-updates determines-c2-server emails-spam escalates-privileges evades-av exfiltrates-data fingerprints-host hides-artifacts hides-executing-code infects-files infects-remote-machines installs-other-components persists-after-system-reboot prevents-artifact-access prevents-artifact-deletion probes-network-environment self-modifies steals-authentication-credentials violates-system-operational-integrity
malware-result 10.14 malicious suspicious benign unknown
malware-type 10.15 adware backdoor bot bootkit ddos downloader dropper exploit-kit keylogger ransomware remote-access-trojan resource-exploitation rogue-security-software rootkit screen-capture spyware trojan unknown virus webshell wiper worm
network-socket-address-family 10.16 AF_UNSPEC AF_INET AF_IPX AF_APPLETALK AF_NETBIOS AF_INET6 AF_IRDA AF_BTH
network-socket-type 10.17 SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET
opinion 10.18 strongly-disagree disagree neutral agree strongly-agree
pattern-type 10.19 stix pcre sigma snort suricata yara
processor-architecture 10.20 alpha arm ia-64 mips powerpc sparc x86 x86-64
region 10.21 africa eastern-africa middle-africa northern-africa southern-africa western-africa americas caribbean central-america latin-america-caribbean northern-america south-america asia central-asia eastern-asia southern-asia south-eastern-asia western-asia europe eastern-europe northern-europe southern-europe western-europe oceania antarctica australia-new-zealand melanesia micronesia polynesia
report-type 10.22 attack-pattern campaign identity incident indicator intrusion-set malware observed-data threat-actor threat-report tool vulnerability
threat-actor-type 10.23 activist competitor crime-syndicate criminal hacker insider-accidental insider-disgruntled nation-state private-sector sensationalist spy terrorist unknown
threat-actor-role 10.24 agent director independent infrastructure-architect infrastructure-operator malware-author sponsor
threat-actor-sophistication 10.25 none minimal intermediate advanced expert innovator strategic
tool-type 10.26 denial-of-service exploitation information-gathering network-capture credential-exploitation remote-access vulnerability-scanning unknown
windows-integrity-level 10.27 low medium high system
windows-pebinary-type 10.28 dll exe sys
windows-registry-datatype 10.29 REG_NONE REG_SZ REG_EXPAND_SZ REG_BINARY REG_DWORD REG_DWORD_BIG_ENDIAN REG_DWORD_LITTLE_ENDIAN REG_LINK REG_MULTI_SZ REG_RESOURCE_LIST REG_FULL_RESOURCE_DESCRIPTION REG_RESOURCE_REQUIREMENTS_LIST REG_QWORD REG_INVALID_TYPE
windows-service-start-type 10.30 SERVICE_AUTO_START SERVICE_BOOT_START SERVICE_DEMAND_START SERVICE_DISABLED SERVICE_SYSTEM_ALERT
windows-service-type 10.31 SERVICE_KERNEL_DRIVER SERVICE_FILE_SYSTEM_DRIVER SERVICE_WIN32_OWN_PROCESS SERVICE_WIN32_SHARE_PROCESS
windows-service-status 10.32 SERVICE_CONTINUE_PENDING SERVICE_PAUSE_PENDING SERVICE_PAUSED SERVICE_RUNNING SERVICE_START_PENDING SERVICE_STOP_PENDING SERVICE_STOPPED
`

// vocabulary is one of them.
type vocabulary struct {
	name, section string
	values        []string // in the order of the specification
	has           map[string]bool
}

var vocabularyOf = sync.OnceValue(func() map[string]*vocabulary {
	all := map[string]*vocabulary{}
	for line := range strings.Lines(strings.TrimSpace(vocabularies)) {
		fields := strings.Fields(line)
		v := &vocabulary{name: fields[0], section: fields[1], values: fields[2:], has: map[string]bool{}}
		for _, value := range v.values {
			v.has[value] = true
		}
		all[v.name] = v
	}
	return all
})
