package doctor

import (
	"syscall"

	"github.com/tocsin-project/tocsin/internal/headroom"
)

func (e *examination) disk() {
	path := existing(e.cfg.Data)
	space, err := e.Space(path)
	if err != nil {
		e.doubt("disk", "name a directory on a disk of this machine", "the space of %s cannot be measured: %v", path, err)
		return
	}
	reserve := uint64(e.cfg.DiskReserve) // a valid configuration has none below zero
	if reserve == 0 {
		reserve = headroom.DefaultReserve(space.Total)
	}
	const do = "make room, or move the data directory to a larger disk"
	free, kept := space.Free>>20, reserve>>20
	switch {
	case space.Free < reserve:
		e.wrong("disk", do, "%d MiB are free, less than the %d MiB that are kept: contributions are refused", free, kept)
	case space.Free < 2*reserve:
		e.doubt("disk", do, "%d MiB are free; below %d MiB contributions are refused", free, kept)
	default:
		e.sound("disk", "%d MiB are free; below %d MiB contributions are refused", free, kept)
	}
}

func (e *examination) clock() {
	switch follows, err := e.Synchronised(); {
	case err != nil:
		e.doubt("clock", "look whether chrony or systemd-timesyncd runs", "whether it follows a time server cannot be asked here: %v", err)
	case !follows:
		e.doubt("clock", "run chrony or systemd-timesyncd: times of sightings and deadlines go by it", "it follows no time server")
	default:
		e.sound("clock", "it follows a time server")
	}
}

// wantedFiles are enough for all connections that a hub takes and its own files.
const wantedFiles = 24_000

func (e *examination) files() {
	switch may, err := e.Files(); {
	case err != nil:
		e.doubt("open files", "look at ulimit -Hn", "the limit cannot be asked: %v", err)
	case may < wantedFiles:
		e.doubt("open files", "raise it: LimitNOFILE=65536 in the unit, or ulimit -Hn", "%d are allowed, and the hub takes up to 20,000 connections", may)
	default:
		e.sound("open files", "%d are allowed", may)
	}
}

// mayOpen is the hard limit: Go raises the other one to it.
func mayOpen() (uint64, error) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return limit.Max, err
}
