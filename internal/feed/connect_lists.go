package feed

import (
	"fmt"
	"path/filepath"
	"strings"
	"text/template"
)

// fed is an engine that reads files which an edge writes.
type fed struct {
	usual  string   // where the files are if Dir is not given
	write  []string // which of the compilers' files
	reload []string // has the engine read them anew; none if it sees by itself
	config string   // the name of what the engine's configuration includes
	text   *template.Template
	// whole is a complete configuration and engine what starts it, for trying
	// out. Without them, the standalone form is the edge alone.
	whole  *template.Template
	engine []string // DIR stands for the folder
}

// nginx 1.22. What deserves a reason:
//
//   - map_hash_bucket_size 512: names have up to 253 characters, and the default of 64
//     makes nginx refuse the whole configuration at the first long one.
//   - "if" with "return" alone is one of the two safe uses (nginx wiki, "If Is Evil").
//   - A reload with a file that nginx cannot read leaves what it has in force.
//   - A master that is killed (KILL, or by the kernel for want of memory) leaves its
//     workers behind, which go on with what was in force. "master_process off" would
//     not, but answers nothing more after some reloads.
var nginxFed = fed{
	usual: "/var/lib/tocsin/nginx", write: []string{"nginx-hosts.map", "nginx-addresses.geo"}, reload: []string{"nginx", "-s", "reload"},
	config: "tocsin-nginx.conf", engine: []string{"/usr/sbin/nginx", "-e", "stderr", "-p", "DIR", "-c", "DIR/nginx.conf"},
	text: template.Must(template.New("nginx").Parse(`# Include this inside http. In each server that is to refuse:
#   if ($tocsin_host) { return 403; }
#   if ($tocsin_address) { return 403; }
map_hash_bucket_size 512;
map_hash_max_size 262144;
map $host $tocsin_host {
	hostnames;
	default 0;
	include {{.Dir}}/nginx-hosts.map;
}
geo $tocsin_address {
	default 0;
	include {{.Dir}}/nginx-addresses.geo;
}
`)),
	whole: template.Must(template.New("nginx").Parse(`worker_processes 1;
daemon off;
pid {{.Dir}}/nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path {{.Dir}}/body;
	proxy_temp_path {{.Dir}}/proxy;
	fastcgi_temp_path {{.Dir}}/fastcgi;
	uwsgi_temp_path {{.Dir}}/uwsgi;
	scgi_temp_path {{.Dir}}/scgi;
	include {{.Dir}}/tocsin-nginx.conf;
	server {
		listen {{.Listen}};
		if ($tocsin_host) { return 403; }
		if ($tocsin_address) { return 403; }
		location / {
			proxy_set_header Host $http_host;
			proxy_pass http://{{.Forward}};
		}
	}
}
`)),
}

// Squid 5. Addresses are "dst": Squid resolves the name of every request for it.
var squidFed = fed{
	usual: "/var/lib/tocsin/squid", write: []string{"squid-domains.acl", "squid-addresses.acl"}, reload: []string{"squid", "-k", "reconfigure"},
	config: "tocsin-squid.conf",
	text: template.Must(template.New("squid").Parse(`# Include this in squid.conf before the first http_access line. The files have to
# be there when Squid starts: start the edge first (start-edge).
acl tocsin_names dstdomain "{{.Dir}}/squid-domains.acl"
acl tocsin_addresses dst "{{.Dir}}/squid-addresses.acl"
http_access deny tocsin_names
http_access deny tocsin_addresses
`)),
}

// Postfix 3.7. lmdb: is read anew when postmap has replaced it; a cidr: table is
// read when a process starts, hence the reload.
var postfixFed = fed{
	usual: "/var/lib/tocsin/postfix", write: []string{"postfix-access", "postfix-clients"}, reload: []string{"sh", "DIR/reload"},
	config: "tocsin-main.cf",
	text: template.Must(template.New("postfix").Parse(`# Add these to the restrictions in main.cf, before what permits. Needs the package
# postfix-lmdb.
smtpd_client_restrictions = check_client_access cidr:{{.Dir}}/postfix-clients
smtpd_sender_restrictions = check_sender_access lmdb:{{.Dir}}/postfix-access
`)),
}

func connectFed(engine string, f fed) func(ConnectConfig) (map[string]string, []string, error) {
	return func(c ConnectConfig) (files map[string]string, start []string, err error) {
		if c.Dir == "" {
			c.Dir = f.usual
		}
		if strings.Trim(c.Dir, pathLetters) != "" {
			return nil, nil, fmt.Errorf("dir %q: a folder of letters, digits and the characters /._-+@ is needed", c.Dir)
		}
		whole := c.Standalone && f.whole != nil
		if whole && (!c.Listen.IsValid() || !c.Forward.IsValid()) {
			return nil, nil, fmt.Errorf("listen and forward: an address and port each are needed")
		}
		texts := map[string]*template.Template{f.config: f.text}
		reload := f.reload
		if whole {
			texts[engine+".conf"] = f.whole
			reload = append(f.inDir(c.Dir), "-s", "reload")
		}
		if files, err = rendered(c, texts); err != nil {
			return nil, nil, err
		}
		edge, err := c.edgeCommand(f.enforce(c.Dir, reload), c.Dir)
		if err != nil {
			return nil, nil, err
		}
		if engine == "postfix" {
			files["reload"] = "#!/bin/sh\npostmap " + shellWords([]string{"lmdb:" + filepath.Join(c.Dir, "postfix-access")}) + " && postfix reload\n"
		}
		switch {
		case whole:
			files["start"] = startBoth(c.Dir, f.write, f.inDir(c.Dir), edge)
		case c.Standalone:
			files["start"] = startEdge(edge, "Runs the edge that writes the files; the engine is yours.")
		default:
			files["start-edge"] = startEdge(edge, "Runs the edge that writes the files.")
			return files, nil, nil
		}
		return files, []string{"sh", filepath.Join(c.Dir, "start")}, nil
	}
}

// inDir is the command that starts the engine.
func (f fed) inDir(dir string) []string {
	words := make([]string, len(f.engine))
	for i, word := range f.engine {
		words[i] = strings.ReplaceAll(word, "DIR", dir)
	}
	return words
}

// enforce is what an edge is told: which files, where, and what to do after.
func (f fed) enforce(dir string, reload []string) string {
	words := "files=" + dir
	for _, name := range f.write {
		words += ",write=" + name
	}
	if len(reload) > 0 {
		words += ",reload=" + strings.ReplaceAll(strings.Join(reload, " "), "DIR", dir)
	}
	return words
}
