package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"syscall"
)

// A probed hub answers SIGUSR1 with its number of goroutines and the bytes of
// its live heap, and begins or ends a CPU profile at SIGUSR2. Answers are files
// in the folder that TOCSIN_PROBE names, numbered in the order of the signals.
func init() {
	dir := os.Getenv("TOCSIN_PROBE")
	if dir == "" {
		return
	}
	asked := make(chan os.Signal, 16)
	signal.Notify(asked, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		var cpu *os.File
		for n := 1; ; n++ {
			s := <-asked
			if s == syscall.SIGUSR2 {
				if cpu == nil {
					cpu, _ = os.Create(filepath.Join(dir, "cpu.pprof"))
					_ = pprof.StartCPUProfile(cpu)
				} else {
					pprof.StopCPUProfile()
					_ = cpu.Close()
					cpu = nil
					heap, _ := os.Create(filepath.Join(dir, "heap.pprof"))
					_ = pprof.Lookup("heap").WriteTo(heap, 0)
					_ = heap.Close()
				}
			}
			probeAnswer(dir, n, s == syscall.SIGUSR1)
		}
	}()
}

// probeAnswer collects first only if it is asked to: a profile must not give
// back memory that the hub would hold.
func probeAnswer(dir string, n int, collect bool) {
	if collect {
		debug.FreeOSMemory()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	stacks, _ := os.Create(filepath.Join(dir, "goroutines.txt"))
	_ = pprof.Lookup("goroutine").WriteTo(stacks, 1)
	_ = stacks.Close()
	path := filepath.Join(dir, "answer."+strconv.Itoa(n))
	_ = os.WriteFile(path+".part", fmt.Appendf(nil, "%d %d", runtime.NumGoroutine(), m.HeapAlloc), 0o600)
	_ = os.Rename(path+".part", path)
}
