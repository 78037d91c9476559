package stix

// schema holds the property tables of the specification, one object type a
// line: its name, the section, and its properties beside the common ones.
// After a property's name stands what its value is, with '*' before it for a
// list and '!' after it where the property is required:
//
//	s string   b boolean   i integer   f float   t timestamp   x hex   y binary
//	h hashes   d dictionary   k kill chain phase   o an object of its own form
//	>a|b identifier of an a or a b, > of anything; sdo, sro, sco name a class
//	=name a value of the enumeration
const schema = `
attack-pattern 4.1 name:s! description:s aliases:*s kill_chain_phases:*k
campaign 4.2 name:s! description:s aliases:*s first_seen:t last_seen:t objective:s
course-of-action 4.3 name:s! description:s
grouping 4.4 name:s description:s context:s! object_refs:*>!
identity 4.5 name:s! description:s roles:*s identity_class:s sectors:*s contact_information:s
incident 4.6 name:s! description:s
indicator 4.7 name:s description:s indicator_types:*s pattern:s! pattern_type:s! pattern_version:s valid_from:t! valid_until:t kill_chain_phases:*k
infrastructure 4.8 name:s! description:s infrastructure_types:*s aliases:*s kill_chain_phases:*k first_seen:t last_seen:t
intrusion-set 4.9 name:s! description:s aliases:*s first_seen:t last_seen:t goals:*s resource_level:s primary_motivation:s secondary_motivations:*s
location 4.10 name:s description:s latitude:f longitude:f precision:f region:s country:s administrative_area:s city:s street_address:s postal_code:s
malware 4.11 name:s description:s malware_types:*s is_family:b! aliases:*s kill_chain_phases:*k first_seen:t last_seen:t operating_system_refs:*>software architecture_execution_envs:*s implementation_languages:*s capabilities:*s sample_refs:*>file|artifact
malware-analysis 4.12 product:s! version:s host_vm_ref:>software operating_system_ref:>software installed_software_refs:*>software configuration_version:s modules:*s analysis_engine_version:s analysis_definition_version:s submitted:t analysis_started:t analysis_ended:t result_name:s result:s analysis_sco_refs:*>sco sample_ref:>file|artifact|network-traffic
note 4.13 abstract:s content:s! authors:*s object_refs:*>!
observed-data 4.14 first_observed:t! last_observed:t! number_observed:i! objects:o object_refs:*>sco|sro
opinion 4.15 explanation:s authors:*s opinion:=opinion! object_refs:*>!
report 4.16 name:s! description:s report_types:*s published:t! object_refs:*>!
threat-actor 4.17 name:s! description:s threat_actor_types:*s aliases:*s first_seen:t last_seen:t roles:*s goals:*s sophistication:s resource_level:s primary_motivation:s secondary_motivations:*s personal_motivations:*s
tool 4.18 name:s! description:s tool_types:*s aliases:*s kill_chain_phases:*k tool_version:s
vulnerability 4.19 name:s! description:s
relationship 5.1 relationship_type:s! description:s source_ref:>sdo|sco! target_ref:>sdo|sco! start_time:t stop_time:t
sighting 5.2 description:s first_seen:t last_seen:t count:i sighting_of_ref:>sdo! observed_data_refs:*>observed-data where_sighted_refs:*>identity|location summary:b
artifact 6.1 mime_type:s payload_bin:y url:s hashes:h encryption_algorithm:=encryption-algorithm decryption_key:s
autonomous-system 6.2 number:i! name:s rir:s
directory 6.3 path:s! path_enc:s ctime:t mtime:t atime:t contains_refs:*>file|directory
domain-name 6.4 value:s! resolves_to_refs:*>ipv4-addr|ipv6-addr|domain-name
email-addr 6.5 value:s! display_name:s belongs_to_ref:>user-account
email-message 6.6 is_multipart:b! date:t content_type:s from_ref:>email-addr sender_ref:>email-addr to_refs:*>email-addr cc_refs:*>email-addr bcc_refs:*>email-addr message_id:s subject:s received_lines:*s additional_header_fields:o body:s body_multipart:*o raw_email_ref:>artifact
file 6.7 hashes:h size:i name:s name_enc:s magic_number_hex:x mime_type:s ctime:t mtime:t atime:t parent_directory_ref:>directory contains_refs:*>sco content_ref:>artifact
ipv4-addr 6.8 value:s! resolves_to_refs:*>mac-addr belongs_to_refs:*>autonomous-system
ipv6-addr 6.9 value:s! resolves_to_refs:*>mac-addr belongs_to_refs:*>autonomous-system
mac-addr 6.10 value:s!
mutex 6.11 name:s!
network-traffic 6.12 start:t end:t is_active:b src_ref:>ipv4-addr|ipv6-addr|mac-addr|domain-name dst_ref:>ipv4-addr|ipv6-addr|mac-addr|domain-name src_port:i dst_port:i protocols:*s! src_byte_count:i dst_byte_count:i src_packets:i dst_packets:i ipfix:o src_payload_ref:>artifact dst_payload_ref:>artifact encapsulates_refs:*>network-traffic encapsulated_by_ref:>network-traffic
process 6.13 is_hidden:b pid:i created_time:t cwd:s command_line:s environment_variables:o opened_connection_refs:*>network-traffic creator_user_ref:>user-account image_ref:>file parent_ref:>process child_refs:*>process
software 6.14 name:s! cpe:s swid:s languages:*s vendor:s version:s
url 6.15 value:s!
user-account 6.16 user_id:s credential:s account_login:s account_type:s display_name:s is_service_account:b is_privileged:b can_escalate_privs:b is_disabled:b account_created:t account_expires:t credential_last_changed:t account_first_login:t account_last_login:t
windows-registry-key 6.17 key:s values:*o modified_time:t creator_user_ref:>user-account number_of_subkeys:i
x509-certificate 6.18 is_self_signed:b hashes:h version:s serial_number:s signature_algorithm:s issuer:s validity_not_before:t validity_not_after:t subject:s subject_public_key_algorithm:s subject_public_key_modulus:s subject_public_key_exponent:i x509_v3_extensions:o
language-content 7.1 object_ref:>! object_modified:t contents:o!
marking-definition 7.2.1 name:s definition_type:s definition:o
extension-definition 7.3 name:s! description:s schema:s! version:s! extension_types:*=extension-type! extension_properties:*s
`

// commonSchema holds the common properties (section 3.2) that the header does
// not check.
const commonSchema = `common 3.2 lang:s external_references:*e labels:*s defanged:b granular_markings:*g object_marking_refs:*>marking-definition extensions:p
type:s id:s spec_version:s created:t modified:t created_by_ref:>identity revoked:b confidence:i`

// enumerations are the closed vocabularies that the schema names (section 10).
var enumerations = map[string]struct {
	section string
	values  []string
}{
	"opinion":              {"10.18", []string{"strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"}},
	"encryption-algorithm": {"10.4", []string{"AES-256-GCM", "ChaCha20-Poly1305", "mime-type-indicated"}},
	"extension-type":       {"10.5", []string{"new-sdo", "new-sco", "new-sro", "property-extension", "toplevel-property-extension"}},
}

// requiredOf are the common properties that every object of a class has.
var requiredOf = map[Class][]string{
	SDO:  {"created", "modified"},
	SRO:  {"created", "modified"},
	Meta: {"created"},
}

// oneOf holds the types of which an object needs at least one of some
// properties; with no names given, at least one of its own.
var oneOf = map[string][]string{
	"location":             {"region", "country", "latitude"},
	"malware-analysis":     {"result", "analysis_sco_refs"},
	"observed-data":        {"objects", "object_refs"},
	"artifact":             {"payload_bin", "url"},
	"file":                 {"hashes", "name"},
	"network-traffic":      {"src_ref", "dst_ref"},
	"process":              nil,
	"user-account":         nil,
	"windows-registry-key": nil,
	"x509-certificate":     nil,
}

// inOrder are pairs of timestamps of which the second is not before the first,
// or with strict, after it.
var inOrder = []struct {
	first, second string
	strict        bool
}{
	{"first_seen", "last_seen", false},
	{"first_observed", "last_observed", false},
	{"valid_from", "valid_until", true},
	{"start_time", "stop_time", true},
	{"start", "end", false},
	{"analysis_started", "analysis_ended", false},
}

// together are properties of which the first needs the second.
var together = [][2]string{
	{"latitude", "longitude"}, {"longitude", "latitude"}, {"precision", "longitude"}, {"decryption_key", "encryption_algorithm"},
	{"definition", "definition_type"}, {"definition_type", "definition"}, {"path_enc", "path"}, {"name_enc", "name"},
}

// apart are properties that exclude each other.
var apart = [][2]string{{"objects", "object_refs"}, {"payload_bin", "url"}}

// between are the bounds of numbers, both included (sections 4.10, 4.14, 5.2, 6.12).
var between = map[string][2]float64{
	"latitude": {-90, 90}, "longitude": {-180, 180}, "precision": {0, 1e9},
	"number_observed": {1, 999_999_999}, "count": {0, 999_999_999},
	"src_port": {0, 65535}, "dst_port": {0, 65535}, "src_byte_count": {0, maxSafe}, "dst_byte_count": {0, maxSafe},
	"src_packets": {0, maxSafe}, "dst_packets": {0, maxSafe}, "size": {0, maxSafe},
}
