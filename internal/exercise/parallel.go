package exercise

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// parallel runs jobs on as many processors as there are.
func parallel(jobs []func()) { parallelOn(runtime.GOMAXPROCS(0), jobs) }

// parallelOn runs so many jobs at a time. The first panic of one is the caller's, who
// can recover from it: on a goroutine of its own it would end the process. No further
// job is begun after it.
func parallelOn(workers int, jobs []func()) {
	var group sync.WaitGroup
	var failed failure
	slots := make(chan struct{}, workers)
	for _, job := range jobs {
		slots <- struct{}{}
		if failed.get() != "" {
			break
		}
		group.Go(func() {
			defer func() { <-slots }()
			defer failed.keep()
			job()
		})
	}
	group.Wait()
	if why := failed.get(); why != "" {
		panic(why)
	}
}

// failure is the first panic of several goroutines, with where it was.
type failure struct {
	mu  sync.Mutex
	why string
}

// keep is deferred.
func (f *failure) keep() {
	cause := recover()
	if cause == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.why == "" {
		f.why = fmt.Sprintf("%v\n%s", cause, debug.Stack())
	}
}

func (f *failure) get() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.why
}
