package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/dial"
)

// collectorWait is how long a collector may take where nothing else is said: the
// default of OpenTelemetry's specification of the OTLP exporter.
const collectorWait = 10 * time.Second

// collectorClient is what traces are sent through: to where the dial policy allows,
// with the certificates and the time that the exporter's variables name.
func collectorClient(policy dial.Config) (*http.Client, error) {
	p, err := policy.Policy()
	if err != nil {
		return nil, err
	}
	files, err := dial.TLSConfig(dial.TLSFiles{CA: exporterVariable("CERTIFICATE"), Cert: exporterVariable("CLIENT_CERTIFICATE"), Key: exporterVariable("CLIENT_KEY")})
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY: %w", err)
	}
	wait := collectorWait
	if text := exporterVariable("TIMEOUT"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT %q: use a number of milliseconds", text)
		}
		wait = time.Duration(n) * time.Millisecond
	}
	return dial.HTTPClient(p, dial.Options{Timeout: wait, ConnectTimeout: wait, Redirects: -1, TLS: files}), nil
}

// exporterVariable is a variable of OpenTelemetry's exporter: that of traces, or that of all.
func exporterVariable(name string) string {
	return cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_"+name), os.Getenv("OTEL_EXPORTER_OTLP_"+name))
}
