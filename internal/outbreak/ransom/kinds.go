package ransom

import (
	"strings"

	"github.com/zeebo/xxh3"
)

// kind is what an extension is known for.
type kind uint8

const (
	unknown   kind = iota
	content        // documents, media, code, data: what people and programs work on
	packed         // archives, compressed and encrypted files, and what is written beside a file
	made           // what compilers and other programs make from files
	temporary      // files on their way
	kept           // backups and former versions
)

// kindWords are the known extensions. The list is of what is usual, gathered from
// the programs' manuals and from memory; an extension that is missing costs a false
// alarm, and one too many a blind spot, which is why words that ransomware uses
// (locked, enc, crypt) are not in it.
var kindWords = [...]string{
	content: `doc docx docm dot dotx odt ott rtf txt text md rst tex pdf ps eps xps epub mobi azw3 djvu pages wpd wps
		xls xlsx xlsm xlsb xlt xltx ods ots csv tsv numbers ppt pptx pptm pps ppsx potx odp otp key vsd vsdx odg pub one onetoc2
		msg eml mbox pst ost vcf ics htm html xhtml shtml mht mhtml css scss sass less js mjs cjs jsx ts tsx vue svelte map
		php asp aspx jsp cgi xml xsd xsl xslt json jsonl ndjson yaml yml toml ini cfg conf config properties env plist reg inf url lnk desktop
		log sql db sqlite sqlite3 mdb accdb dbf mdf ldf ndf frm ibd myd myi parquet avro orc npy npz h5 hdf5 mat rds rdata feather arrow
		jpg jpeg jpe png gif bmp tif tiff webp svg svgz ico heic heif avif psd ai indd raw cr2 cr3 nef arw dng orf raf rw2 xcf
		mp3 wav flac ogg oga opus m4a aac wma aif aiff mid midi mp4 m4v mkv avi mov wmv flv webm mpg mpeg 3gp vob ogv srt sub vtt m3u m3u8
		c h cc cpp cxx hh hpp hxx inc go rs py pyi pyw ipynb java kt kts scala groovy clj cs vb fs swift m mm r jl pl pm rb erb lua tcl
		sh bash zsh fish bat cmd ps1 psm1 psd1 awk sed asm s f f90 f95 for pas zig nim hs ml mli el lisp ex exs erl hrl dart sol proto thrift graphql
		mk mak cmake gradle sln csproj vcxproj vbproj fsproj props targets tf tfvars hcl nix bzl template tmpl tpl j2 hbs ejs
		dwg dxf dwf rvt ifc skp step stp iges igs stl fbx blend max ma mb 3ds gltf glb dae ply shp shx prj kml kmz gpx geojson las laz
		ttf otf woff woff2 eot exe dll sys msi scr ocx com apk aab ipa deb rpm app dmg pkg iso img vhd vhdx vmdk vdi qcow2 ova ovf vmx
		vsv avhd avhdx vmsd nvram bin dat data cer crt pem der pfx p12 csr po pot mo resx strings ttl rdf nt bib ris sty cls ltx sav dta
		edb qbw qbb tax snap golden diff patch adoc asciidoc org wiki m4 service socket timer rules`,
	packed: `zip 7z rar gz tgz bz2 tbz tbz2 xz txz lzma lz lz4 zst tzst zstd br z tar cpio ar cab arj lzh jar war ear whl egg nupkg crx xpi
		gpg pgp asc sig minisig age sha1 sha224 sha256 sha384 sha512 md5 sfv crc crc32 par2 torrent sum p7s p7m tsr
		meta xmp import uid license aae thm nfo`,
	made: `o obj lo a la so dylib lib pdb ilk idb exp res pch gch d dep dwo su gcno gcda gcov class pyc pyo pyd elc beam hi rlib rmeta
		tlog lastbuildstate cache snapshot nib storyboardc car dsym stackdump idx pack rev bitmap mtimes aux toc out bbl blg synctex
		tsbuildinfo lock pid cmi cmo cmx cmxa ali ll spv wasm i ii`,
	temporary: `tmp temp part partial crdownload download opdownload filepart swp swo swx swn new incomplete aria2 ut bc! !ut unfinished
		wrk journal wal shm dpkg-new dpkg-tmp rpmnew ucf-new ucf-dist`,
	kept: `bak backup bkp bkf old orig save saved prev previous copy rej last dpkg-old dpkg-dist dpkg-bak rpmsave rpmorig ucf-old`,
}

// kinds are the known extensions by the hash of their text.
var kinds = func() map[uint64]kind {
	known := map[uint64]kind{}
	for k, list := range kindWords {
		for extension := range strings.FieldsSeq(list) {
			known[xxh3.HashString(extension)] = kind(k)
		}
	}
	return known
}()

// readable are the kinds of file that notes are: those that a double click shows.
// A picture is none: players leave covers of one name in many folders.
var readable = hashes(`txt html htm hta mht mhtml rtf pdf url doc docx`)

// usual are readable names that are found in many folders.
var usual = hashes(`index.html index.htm default.htm default.html readme.txt readme.html read.me license.txt licence.txt copying.txt
	changes.txt changelog.txt news.txt authors.txt todo.txt install.txt notice.txt version.txt cmakelists.txt requirements.txt
	conanfile.txt robots.txt top_level.txt entry_points.txt sources.txt dependency_links.txt requires.txt contents.txt
	toc.html overview.html package.html package-summary.html package-tree.html package-use.html package-frame.html search.html
	genindex.html description.txt desktop.url humans.txt security.txt manifest.txt files.txt list.txt link.txt progress.txt`)

func hashes(list string) map[uint64]bool {
	set := map[uint64]bool{}
	for text := range strings.FieldsSeq(list) {
		set[xxh3.HashString(text)] = true
	}
	return set
}

// isNumbering says that an extension counts or dates versions: "7", "20170512",
// "2017-05-12", "~", "~3~", "bak2", "old-20170512".
func isNumbering(extension []byte) bool {
	n := len(extension)
	if extension[n-1] == '~' {
		return true
	}
	words := 0
	for words < n && extension[words] >= 'a' && extension[words] <= 'z' {
		words++
	}
	digits := 0
	for _, c := range extension[words:] {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c != '-' && c != '_':
			return false
		}
	}
	if words > 0 {
		k := kinds[xxh3.Hash(extension[:words])]
		return words < n && (k == kept || k == temporary)
	}
	return digits <= 2 || digits >= 6
}
