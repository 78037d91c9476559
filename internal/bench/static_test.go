package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// beStatic serves the files of a folder with net/http's ServeContent, as plainly
// as Go can, until its input ends. It says its address first.
func beStatic(in io.Reader, out io.Writer, dir string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(filepath.Join(dir, filepath.Base(r.URL.Path)))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		defer f.Close()
		w.Header().Set("Content-Type", taxiiMedia)
		http.ServeContent(w, r, "", time.Time{}, f)
	})}
	go func() {
		_, _ = io.Copy(io.Discard, in) // whatever ends it
		_ = server.Close()
	}()
	fmt.Fprintln(out, listener.Addr())
	_ = server.Serve(listener) // until it is closed
	return nil
}

// startStatic starts the static server as a child process and gives its address
// and process id.
func startStatic(tb testing.TB, dir string) (address string, pid int) {
	tb.Helper()
	cmd, err := again(roleStatic, dir)
	if err != nil {
		tb.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // it ends with its input
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatalf("the static server: %v", err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid
}
