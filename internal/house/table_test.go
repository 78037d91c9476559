package house_test

// row is one line of the table in docs/architecture.md: packages that share a
// tier, and what they are. A package imports only from lower-numbered tiers.
type row struct {
	tier     int
	packages []string // below the module's path
	what     string
}

// table repeats docs/architecture.md, so that moving a wall takes two hands:
// the one that changes the plan and the one that changes the test.
var table = []row{
	{0, []string{"stix"}, "STIX 2.1 objects: headers, ids, markings, canonical JSON, streaming bundles"},
	{0, []string{"taxii"}, "TAXII 2.1: client, and an HTTP handler over a small backend interface"},
	{0, []string{"internal/ledger"}, "the entry byte by byte; the interface of the engines; check"},
	{0, []string{"internal/observable"}, "a typed value, normalised: what telemetry shows and indicators name"},
	{0, []string{"internal/mark"}, "a count that only rises and that others can wait for"},
	{0, []string{"internal/atomicfile"}, "files that a crash leaves whole: as they were, or as they were to be"},
	{0, []string{"internal/dial"}, "where the hub may connect to, checked when it connects"},
	{0, []string{"internal/ratelimit"}, "how often one caller may ask, and one address fail"},
	{0, []string{"internal/tail"}, "files that grow and rotate, followed and resumed exactly; sockets"},
	{0, []string{"internal/hugepages"}, "large pages under a large table"},
	{0, []string{"internal/hashset"}, "sorted fingerprints in Golomb-Rice code"},
	{0, []string{"internal/epidemic"}, "how a worm spreads: deterministic models, fits, and a seeded simulation of counts"},
	{0, []string{"internal/outbreak/ransom"}, "files turned into one new extension, notes left in many folders"},
	{0, []string{"internal/outbreak/trend"}, "growth rates with their intervals, and change points, of counts over time"},
	{1, []string{"internal/outbreak/scan"}, "hosts that scan, found in who contacts whom: sequential tests, fan-out, dark space"},
	{1, []string{"internal/spool"}, "a bounded queue on disk: what waits to be sent, and where reading stood"},
	{1, []string{"stix/pattern"}, "STIX patterning"},
	{1, []string{"internal/ledger/sqlite"}, "the embedded engine"},
	{1, []string{"internal/ledger/ledgertest"}, "the conformance suite of all engines"},
	{1, []string{"internal/sealed"}, "bodies encrypted each under a key of its own, erased by destroying it"},
	{1, []string{"internal/access"}, "partners, people, tokens, roles, communities, and the one release rule"},
	{1, []string{"internal/sighting"}, "what leaves a partner: counts, times, coarse place"},
	{1, []string{"internal/contribution"}, "what a partner submitted and the hub accepted"},
	{1, []string{"internal/compose"}, "STIX objects of what came in another format: deterministic ids and times"},
	{1, []string{"internal/catalog/shelf"}, "versions in added order: bytes in a file, an index of them in memory"},
	{1, []string{"internal/hindsight"}, "what was seen in the past days, to be asked when an indicator arrives"},
	{1, []string{"internal/telemetry/dnswire"}, "what a DNS message names: the question, and what the answers lead to"},
	{2, []string{"internal/catalog"}, "the view of objects, relations, sightings, search; SQLite stays inside"},
	{2, []string{"internal/release"}, "what of an entry one reader may be told, after all that was taken back"},
	{2, []string{"internal/misp"}, "the MISP core format, both ways"},
	{2, []string{"internal/warninglist"}, "MISP warninglists: what must not be blocked, in its keepers' own format"},
	{2, []string{"internal/tabular"}, "rows -> STIX: lists, CSV with a declared mapping, abuse.ch, CISA KEV"},
	{2, []string{"internal/match"}, "the indicator index"},
	{2, []string{"internal/patternset"}, "many STIX patterns at once, found by their most selective terms"},
	{2, []string{"internal/telemetry"}, "readers of sensor records -> observables, contacts"},
	{2, []string{"internal/translog"}, "the public transparency log"},
	{2, []string{"internal/stream"}, "the change stream: cursors, lines, each reader's own chain"},
	{3, []string{"internal/intake"}, "STIX, MISP, CSV, plain lists, abuse.ch, KEV -> contributions"},
	{3, []string{"internal/gate"}, "who sends a request from a program, and how many it may send"},
	{3, []string{"internal/telemetry/capture"}, "pcap and pcapng: DNS, TLS, HTTP, TCP handshakes"},
	{3, []string{"internal/telemetry/dnstap"}, "dnstap frame streams"},
	{3, []string{"internal/telemetry/endpoint"}, "Sysmon and osquery records"},
	{3, []string{"internal/telemetry/made"}, "a seeded generator of records and indicators, for tests and benchmarks"},
	{3, []string{"internal/knowledge"}, "the indicators of a hub's change stream, kept on disk beside the matcher"},
	{3, []string{"internal/watch"}, "events against indicators and patterns: hits"},
	{3, []string{"internal/soc"}, "hits for the partner's own tools: JSON lines, syslog, CEF"},
	{3, []string{"internal/outbreak"}, "what a partner's telemetry says of an outbreak, and the alarm at the hub"},
	{3, []string{"internal/protect"}, "from indicator to protection: guards, corroboration, recall, receipts"},
	{3, []string{"internal/response"}, "actions and commitments"},
	{3, []string{"internal/attribution"}, "cases, hypotheses, evidence, ratings, scores"},
	{3, []string{"internal/signin"}, "people at the door: passwords, passkeys, OpenID Connect, sessions, throttling"},
	{3, []string{"internal/signin/idptest"}, "an OpenID Connect provider for tests"},
	{4, []string{"internal/pull"}, "remote sources, fetched over and over: TAXII, MISP feeds, lists"},
	{4, []string{"internal/sensors"}, "what there is to read, opened: a kind of record from a file, a socket or an input"},
	{4, []string{"internal/exercise"}, "an outbreak played under different ways of sharing; log records only"},
	{4, []string{"internal/feed"}, "one compiler per engine: protections in, bytes out; the sinkhole"},
	{5, []string{"internal/published"}, "what was published beside what this code does: docs/outbreak.md"},
	{5, []string{"internal/feed/lists"}, "lists, maps and tables, as firewalls, proxies and mail servers read them"},
	{5, []string{"internal/feed/rules"}, "what detection engines read: YARA, ClamAV, Sigma, Suricata, Zeek, MISP, STIX"},
	{5, []string{"internal/feed/rpz"}, "the RPZ DNS primary"},
	{5, []string{"internal/feed/nft"}, "sets of the Linux packet filter, changed over netlink"},
	{5, []string{"internal/feed/haproxy"}, "HAProxy's maps, changed over its runtime socket"},
	{5, []string{"internal/views"}, "a node's views of the ledger, kept current; the deciders"},
	{6, []string{"internal/collections"}, "what TAXII shows: communities as roots, views over the catalog as collections"},
	{6, []string{"internal/mispfeed"}, "the hub's knowledge as a MISP feed, made for each reader"},
	{6, []string{"internal/api", "internal/web"}, "the HTTP API and the server-rendered pages"},
	{7, []string{"internal/hub", "internal/client"}, "wiring and lifecycle; the Go client of the API"},
	{8, []string{"internal/edge"}, "a partner's edge"},
	{9, []string{"internal/demo"}, "day one: hub, partners, edges and replay in one process"},
	{10, []string{"cmd/tocsin"}, "one file per subcommand"},
	{10, []string{"internal/bench"}, "the real program, measured and strained from outside"},
}

// confined are dependencies that stay inside few packages.
var confined = []struct {
	path   string // and everything below it
	within []string
	why    string
}{
	{"github.com/nats-io", []string{"internal/ledger/jetstream"}, "the ledger's interface hides which engine keeps it"},
	{"zombiezen.com/go/sqlite", []string{"internal/ledger/sqlite", "internal/catalog"}, "nobody else may depend on how state is stored"},
	{"github.com/gopacket", []string{"internal/telemetry/capture"}, "one package takes packets apart"},
	{"github.com/dnstap", []string{"internal/telemetry/dnstap"}, "one package reads dnstap"},
	{"github.com/farsightsec", []string{"internal/telemetry/dnstap"}, "one package reads dnstap"},
	{"modernc.org/sqlite", nil, "zombiezen.com/go/sqlite is the one door to SQLite"},
	{"database/sql", nil, "zombiezen.com/go/sqlite is the one door to SQLite"},
	{"github.com/miekg/dns", []string{"internal/feed/rpz"}, "one package speaks DNS; the others hold names"},
	{"encoding/json", nil, "it takes duplicate keys and invalid UTF-8; use github.com/go-json-experiment/json and its jsontext"},
	{"github.com/tocsin-project/tocsin/internal/house", nil, "it is a test"},
}
