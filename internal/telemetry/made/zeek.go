package made

import "fmt"

// ZeekDNSHeader is what stands before the records of Zeek's dns.log.
const ZeekDNSHeader = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#open\t2017-05-12-08-00-00\n" +
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\n" +
	"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool\n" //nolint:dupword // so are the types

// ZeekDNS writes the records of Zeek's dns.log as tab-separated lines.
type ZeekDNS struct {
	r *random
	n int
}

// NewZeekDNS begins a stream of records; ZeekDNSHeader goes before it.
func NewZeekDNS(seed uint64, of Indicators, mix Mix) *ZeekDNS {
	return &ZeekDNS{r: newRandom(seed, of, mix)}
}

// Append appends the next record with its line's end.
func (z *ZeekDNS) Append(b []byte) []byte {
	r := z.r
	at := z.n
	z.n++
	name := r.name()
	return fmt.Appendf(b, "%d.%06d\tC%016x\t192.0.2.%d\t%d\t%s\t53\tudp\t%d\t0.0%05d\t%s\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\tedge.host%d.example,203.0.113.%d\t300.000000,60.000000\tF\n", //nolint:dupword // so are the flags
		1494576000+at/1000, at%1000*1000, r.Uint64(), r.IntN(256), 1024+r.IntN(60000), r.address(), r.IntN(65536), r.IntN(99999), name, r.IntN(256), r.IntN(256))
}
