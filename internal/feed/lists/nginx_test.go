package lists_test

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
)

const nginxConf = `
worker_processes 1;
daemon off;
pid DIR/nginx.pid;
error_log stderr notice;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi; uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
	map_hash_bucket_size 512;
	map_hash_max_size 262144;
	map $host $tocsin_host { hostnames; default 0; include DIR/nginx-hosts.map; }
	geo $tocsin_address { default 0; include DIR/nginx-addresses.geo; }
	server {
		listen ADDRESS;
		if ($tocsin_host) { return 403; }
		if ($tocsin_address) { return 403; }
		return 200 "let through\n";
	}
}
`

func TestNginxRefusesWhatIsListed(t *testing.T) {
	nginx := engine(t, "nginx", "nginx-light")
	dir, server := folder(t), freeAddress(t)
	conf := filepath.Join(dir, "nginx.conf")
	put(t, conf, strings.NewReplacer("DIR", dir, "ADDRESS", server).Replace(nginxConf))
	all := effective(
		block(observable.Domain, "evil.example", 3), mustResolve("kill.evil.example", "192.0.2.80", 2),
		exact("seen.example", 2), exact("default", 2), exact("include", 2), block(observable.Domain, strings.Repeat("a.", 110)+"long.example", 2),
		block(observable.IPv4, "127.0.0.9", 1), block(observable.IPv4, "127.0.8.0/24", 1), block(observable.IPv6, "2001:db8::/48", 1),
	)
	putList(t, dir, "nginx-hosts.map", all)
	putList(t, dir, "nginx-addresses.geo", all)
	cmd := command(context.Background(), nginx, "-p", dir, "-c", conf, "-e", "stderr")
	said := run(t, cmd)
	reload := func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatalf("nginx has ended: %v\n%s", err, said)
		}
	}

	expect(t, said, server, "127.0.0.1", map[string]int{
		"evil.example": 403, "a.evil.example": 403, "EVIL.example.": 403, "notevil.example": 200,
		"kill.evil.example": 200, "a.kill.evil.example": 200,
		"seen.example": 403, "a.seen.example": 200, "default": 403, "include": 403, "fine.example": 200,
	})
	expect(t, said, server, "127.0.0.9", map[string]int{"fine.example": 403})
	expect(t, said, server, "127.0.8.1", map[string]int{"fine.example": 403})

	// The recall of one, of another not.
	put(t, filepath.Join(dir, "nginx-addresses.geo"), "")
	putList(t, dir, "nginx-hosts.map", effective(exact("seen.example", 2)))
	reload()
	expect(t, said, server, "127.0.0.9", map[string]int{"evil.example": 200, "seen.example": 403})

	// A file that is broken, as none of these compilers writes it: nginx goes on
	// with what it has.
	put(t, filepath.Join(dir, "nginx-hosts.map"), "evil.example 1\nbroken {")
	reload()
	eventually(t, "nginx refuses the file", said, func() bool { return strings.Contains(said.String(), "[emerg]") })
	expect(t, said, server, "127.0.0.1", map[string]int{"evil.example": 200, "seen.example": 403})
}
