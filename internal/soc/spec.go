package soc

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// format is how a record is written.
type format uint8

const (
	formatJSON format = iota
	formatSyslog
	formatCEF
	formatSyslogCEF
)

var formats = map[string]format{"json": formatJSON, "syslog": formatSyslog, "cef": formatCEF, "syslog+cef": formatSyslogCEF}

func (f format) isSyslog() bool { return f == formatSyslog || f == formatSyslogCEF }

var errSpec = errors.New("want FORMAT:TARGET, as in json:/var/log/hits.jsonl, syslog:udp://192.0.2.5:514, syslog+cef:tls://siem.example:6514, cef:unix:/dev/log or json:-")

func parseSpec(spec string, opts Options) (format, transport, error) {
	name, target, found := strings.Cut(spec, ":")
	f, known := formats[name]
	switch {
	case !found || target == "":
		return 0, nil, errSpec
	case !known:
		return 0, nil, fmt.Errorf("unknown format %q: %w", name, errSpec)
	case target == "-":
		return f, &stream{out: opts.Stdout}, nil
	}
	if path, ok := strings.CutPrefix(target, "unix:"); ok {
		path = strings.TrimPrefix(path, "//")
		if path == "" {
			return 0, nil, errors.New("the path of the Unix socket is missing")
		}
		networks := []string{"unix", "unixgram"}
		if f != formatJSON {
			slices.Reverse(networks) // the local syslog takes datagrams
		}
		return f, &socket{networks: networks, address: path, octets: f.isSyslog()}, nil
	}
	scheme, address, isURL := strings.Cut(target, "://")
	if !isURL {
		return f, &file{path: target}, nil
	}
	port := "514"
	switch scheme {
	case "tls":
		port = "6514"
	case "udp", "tcp":
	default:
		return 0, nil, fmt.Errorf("unknown transport %q: use udp, tcp, tls, unix: or a path", scheme)
	}
	address, err := withPort(address, port)
	if err != nil {
		return 0, nil, err
	}
	s := &socket{networks: []string{scheme}, address: address, octets: f.isSyslog(), tls: opts.TLS}
	return f, s, nil
}

// withPort is host:port, with the given port if there is none.
func withPort(address, port string) (string, error) {
	host, given, err := net.SplitHostPort(address)
	if err != nil {
		host, given = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]"), port
	}
	if n, err := strconv.ParseUint(given, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("port %q: want a number from 1 to 65535", given)
	}
	if host == "" || strings.ContainsAny(host, "/?#@ []") {
		return "", fmt.Errorf("%q is no host: want host:port", address)
	}
	return net.JoinHostPort(host, given), nil
}
