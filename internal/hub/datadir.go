package hub

import (
	"path"
	"strings"

	"github.com/tocsin-project/tocsin/internal/backup"
)

// Layout says what in a hub's data directory goes into a backup: everything but
// what is made again from the ledger, and what belongs to the ledger itself.
func Layout() backup.Layout {
	return backup.Layout{Ledger: LedgerFile, Keys: KeysFile, Pin: logFolder + "/checkpoint", Kept: kept}
}

// madeAgain are files of views and caches, by how their paths begin.
var madeAgain = []string{
	CatalogFile,
	answersFile, // what requests with keys were answered; that they were taken, the ledger says
	"dns/zone-", // resolvers transfer what a restored hub serves anew
}

func kept(file string) bool {
	for _, prefix := range append([]string{LedgerFile}, madeAgain...) {
		if strings.HasPrefix(file, prefix) {
			return false
		}
	}
	// A checkpoint that nobody has seen yet has no part in a log that goes on without it.
	return file != KeysFile && file != NodeFile && file != logFolder+"/checkpoint.next" && !strings.HasPrefix(path.Base(file), ".staging-")
}

// OfPublicLog says whether a file of the data directory belongs to the public log:
// what has to be away for a new one to begin (docs/public-log.md).
func OfPublicLog(file string) bool {
	folder, _, _ := strings.Cut(file, "/")
	return folder == logFolder || file == logKeyFile || folder == loggerFolder
}
