package stix

// nestedSchema holds the tables of the types that occur only inside objects,
// and of the extensions that the specification defines; the form is that of
// schema.
//
//nolint:misspell // the specification's names
const nestedSchema = `
kill-chain-phase 2.11 kill_chain_name:%hyphenated! phase_name:%hyphenated!
external-reference 2.5 source_name:s! description:s url:%reference hashes:h external_id:s
granular-marking 7.2.3.1 lang:%lang marking_ref:>marking-definition selectors:*s!
mime-part 6.6.2 body:s body_raw_ref:>artifact|file content_type:s content_disposition:s
registry-value 6.17.2+1 name:s data:s data_type:=windows-registry-datatype
x509-extensions 6.18.2+1 basic_constraints:s name_constraints:s policy_constraints:s key_usage:s extended_key_usage:s subject_key_identifier:s authority_key_identifier:s subject_alternative_name:s issuer_alternative_name:s subject_directory_attributes:s crl_distribution_points:s inhibit_any_policy:s private_key_usage_period_not_before:t private_key_usage_period_not_after:t certificate_policies:s policy_mappings:s
alternate-data-stream 6.7.3 name:s! hashes:h size:i[0,]
pe-optional-header 6.7.6+1 magic_hex:x major_linker_version:i minor_linker_version:i size_of_code:i[0,] size_of_initialized_data:i[0,] size_of_uninitialized_data:i[0,] address_of_entry_point:i base_of_code:i base_of_data:i image_base:i section_alignment:i file_alignment:i major_os_version:i minor_os_version:i major_image_version:i minor_image_version:i major_subsystem_version:i minor_subsystem_version:i win32_version_value_hex:x size_of_image:i[0,] size_of_headers:i[0,] checksum_hex:x subsystem_hex:x dll_characteristics_hex:x size_of_stack_reserve:i[0,] size_of_stack_commit:i[0,] size_of_heap_reserve:i[0,] size_of_heap_commit:i[0,] loader_flags_hex:x number_of_rva_and_sizes:i hashes:h
pe-section 6.7.6 name:s! size:i[0,] entropy:f[0,8] hashes:h
archive-ext 6.7.2 contains_refs:*>file|directory! comment:s
ntfs-ext 6.7.3+1 sid:s alternate_data_streams:*@alternate-data-stream
pdf-ext 6.7.4+1 version:s is_optimized:b document_info_dict:ds pdfid0:s pdfid1:s
raster-image-ext 6.7.5+1 image_height:i image_width:i bits_per_pixel:i exif_tags:dis
windows-pebinary-ext 6.7.6+2 pe_type:~windows-pebinary-type! imphash:s machine_hex:x number_of_sections:i[0,] time_date_stamp:t pointer_to_symbol_table_hex:x number_of_symbols:i[0,] size_of_optional_header:i[0,] characteristics_hex:x file_header_hashes:h optional_header:@pe-optional-header sections:*@pe-section
http-request-ext 6.12.2 request_method:%method! request_value:s! request_version:%method request_header:d*s message_body_length:i message_body_data_ref:>artifact
icmp-ext 6.12.3 icmp_type_hex:x! icmp_code_hex:x!
socket-ext 6.12.4 address_family:=network-socket-address-family! is_blocking:b is_listening:b options:di socket_type:=network-socket-type socket_descriptor:i[0,] socket_handle:i
tcp-ext 6.12.5+1 src_flags_hex:x dst_flags_hex:x
windows-process-ext 6.13.2+1 aslr_enabled:b dep_enabled:b priority:%priority owner_sid:s window_title:s windows_title:s startup_info:d integrity_level:=windows-integrity-level
windows-service-ext 6.13.3+1 service_name:s descriptions:*s display_name:s group_name:s start_type:=windows-service-start-type service_dll_refs:*>file service_type:=windows-service-type service_status:=windows-service-status
unix-account-ext 6.16.2+1 gid:i groups:*s home_dir:s shell:s
`

// extends says which type each of the specification's extensions is for.
var extends = map[string]string{
	"archive-ext": "file", "ntfs-ext": "file", "pdf-ext": "file", "raster-image-ext": "file", "windows-pebinary-ext": "file",
	"http-request-ext": "network-traffic", "icmp-ext": "network-traffic", "socket-ext": "network-traffic", "tcp-ext": "network-traffic",
	"windows-process-ext": "process", "windows-service-ext": "process",
	"unix-account-ext": "user-account",
}
