package stix

// schema holds the property tables of the specification, one object type a
// line: its name, the section, and its properties beside the common ones.
// After the section may stand "+n": at least n of its own properties (or an
// extension) are present. After a property's name stands what its value is,
// with '*' before it for a list and '!' after it where the property is
// required:
//
//	s string   b boolean   i integer   f float   t timestamp   T one with milliseconds
//	x hex   y binary   h hashes   o an object of any form   c translations   p extensions
//	d dictionary; followed by kinds, what its values are: s, i, *s
//	>a|b identifier of an a or a b, > of anything; sdo, sro, sco name a class
//	=name a value of the enumeration   ~name one of the open vocabulary
//	%name a string of the form, from the table forms
//	@name an object of the nested type
//
// In brackets stand the bounds of a number, both included.
const schema = `
attack-pattern 4.1 name:s! description:s aliases:*s kill_chain_phases:*@kill-chain-phase
campaign 4.2 name:s! description:s aliases:*s first_seen:t last_seen:t objective:s
course-of-action 4.3 name:s! description:s
grouping 4.4 name:s description:s context:~grouping-context! object_refs:*>!
identity 4.5 name:s! description:s roles:*s identity_class:~identity-class sectors:*~industry-sector contact_information:s
incident 4.6 name:s! description:s
indicator 4.7 name:s description:s indicator_types:*~indicator-type pattern:s! pattern_type:~pattern-type! pattern_version:s valid_from:t! valid_until:t kill_chain_phases:*@kill-chain-phase
infrastructure 4.8 name:s! description:s infrastructure_types:*~infrastructure-type aliases:*s kill_chain_phases:*@kill-chain-phase first_seen:t last_seen:t
intrusion-set 4.9 name:s! description:s aliases:*s first_seen:t last_seen:t goals:*s resource_level:~attack-resource-level primary_motivation:~attack-motivation secondary_motivations:*~attack-motivation
location 4.10 name:s description:s latitude:f[-90,90] longitude:f[-180,180] precision:f[0,] region:~region country:%country administrative_area:s city:s street_address:s postal_code:s
malware 4.11 name:s description:s malware_types:*~malware-type is_family:b! aliases:*s kill_chain_phases:*@kill-chain-phase first_seen:t last_seen:t operating_system_refs:*>software architecture_execution_envs:*~processor-architecture implementation_languages:*~implementation-language capabilities:*~malware-capabilities sample_refs:*>file|artifact
malware-analysis 4.12 product:%product! version:s host_vm_ref:>software operating_system_ref:>software installed_software_refs:*>software configuration_version:s modules:*s analysis_engine_version:s analysis_definition_version:s submitted:t analysis_started:t analysis_ended:t result_name:s result:~malware-result analysis_sco_refs:*>sco sample_ref:>file|artifact|network-traffic
note 4.13 abstract:s content:s! authors:*s object_refs:*>!
observed-data 4.14 first_observed:t! last_observed:t! number_observed:i[1,999999999]! objects:o object_refs:*>sco|sro
opinion 4.15 explanation:s authors:*s opinion:=opinion! object_refs:*>!
report 4.16 name:s! description:s report_types:*~report-type published:t! object_refs:*>!
threat-actor 4.17 name:s! description:s threat_actor_types:*~threat-actor-type aliases:*s first_seen:t last_seen:t roles:*~threat-actor-role goals:*s sophistication:~threat-actor-sophistication resource_level:~attack-resource-level primary_motivation:~attack-motivation secondary_motivations:*~attack-motivation personal_motivations:*~attack-motivation
tool 4.18 name:s! description:s tool_types:*~tool-type aliases:*s kill_chain_phases:*@kill-chain-phase tool_version:s
vulnerability 4.19 name:s! description:s
relationship 5.1 relationship_type:%relationship! description:s source_ref:>sdo|sco! target_ref:>sdo|sco! start_time:t stop_time:t
sighting 5.2 description:s first_seen:t last_seen:t count:i[0,999999999] sighting_of_ref:>sdo! observed_data_refs:*>observed-data where_sighted_refs:*>identity|location summary:b
artifact 6.1 mime_type:%mime payload_bin:y url:%url hashes:h encryption_algorithm:=encryption-algorithm decryption_key:s
autonomous-system 6.2 number:i! name:s rir:s
directory 6.3 path:s! path_enc:%charset ctime:t mtime:t atime:t contains_refs:*>file|directory
domain-name 6.4 value:%domain! resolves_to_refs:*>ipv4-addr|ipv6-addr|domain-name
email-addr 6.5 value:%email! display_name:s belongs_to_ref:>user-account
email-message 6.6 is_multipart:b! date:t content_type:s from_ref:>email-addr sender_ref:>email-addr to_refs:*>email-addr cc_refs:*>email-addr bcc_refs:*>email-addr message_id:s subject:s received_lines:*s additional_header_fields:d*s body:s body_multipart:*@mime-part raw_email_ref:>artifact
file 6.7 hashes:h size:i[0,] name:s name_enc:%charset magic_number_hex:x mime_type:%mime ctime:t mtime:t atime:t parent_directory_ref:>directory contains_refs:*>sco content_ref:>artifact
ipv4-addr 6.8 value:%ipv4! resolves_to_refs:*>mac-addr belongs_to_refs:*>autonomous-system
ipv6-addr 6.9 value:%ipv6! resolves_to_refs:*>mac-addr belongs_to_refs:*>autonomous-system
mac-addr 6.10 value:%mac!
mutex 6.11 name:s!
network-traffic 6.12 start:t end:t is_active:b src_ref:>ipv4-addr|ipv6-addr|mac-addr|domain-name dst_ref:>ipv4-addr|ipv6-addr|mac-addr|domain-name src_port:i[0,65535] dst_port:i[0,65535] protocols:*%protocol! src_byte_count:i[0,] dst_byte_count:i[0,] src_packets:i[0,] dst_packets:i[0,] ipfix:dis src_payload_ref:>artifact dst_payload_ref:>artifact encapsulates_refs:*>network-traffic encapsulated_by_ref:>network-traffic
process 6.13+1 is_hidden:b pid:i created_time:t cwd:s command_line:s environment_variables:ds opened_connection_refs:*>network-traffic creator_user_ref:>user-account image_ref:>file parent_ref:>process child_refs:*>process
software 6.14 name:s! cpe:%cpe swid:s languages:*%lang vendor:s version:s
url 6.15 value:%url!
user-account 6.16+1 user_id:s credential:s account_login:s account_type:~account-type display_name:s is_service_account:b is_privileged:b can_escalate_privs:b is_disabled:b account_created:t account_expires:t credential_last_changed:t account_first_login:t account_last_login:t
windows-registry-key 6.17+1 key:%hive values:*@registry-value modified_time:t creator_user_ref:>user-account number_of_subkeys:i
x509-certificate 6.18+1 is_self_signed:b hashes:h version:s serial_number:s signature_algorithm:s issuer:s validity_not_before:t validity_not_after:t subject:s subject_public_key_algorithm:s subject_public_key_modulus:s subject_public_key_exponent:i x509_v3_extensions:@x509-extensions
language-content 7.1 object_ref:>! object_modified:t contents:c!
marking-definition 7.2.1 name:s definition_type:s definition:o
extension-definition 7.3 name:s! description:s schema:s! version:s! extension_types:*=extension-type! extension_properties:*s
`

// commonSchema holds the common properties (section 3.2).
const commonSchema = `
common 3.2 type:s id:s spec_version:s created:T modified:T created_by_ref:>identity revoked:b labels:*s confidence:i[0,100] lang:%lang external_references:*@external-reference object_marking_refs:*>marking-definition granular_markings:*@granular-marking defanged:b extensions:p
`

// requiredOf are the common properties that every object of a class has beside
// type and id; spec_version is checked apart.
var requiredOf = map[Class][]string{
	SDO:  {"created", "modified"},
	SRO:  {"created", "modified"},
	Meta: {"created"},
}

// idle are the common properties that a class or a type does not use (the
// tables of sections 4 to 7, "not applicable").
var idle = map[string][]string{
	SCO.String():           {"created_by_ref", "created", "modified", "revoked", "labels", "confidence", "lang", "external_references"},
	"language-content":     {"lang"},
	"marking-definition":   {"modified", "revoked", "labels", "confidence", "lang"},
	"extension-definition": {"confidence", "lang", "extensions"},
}
