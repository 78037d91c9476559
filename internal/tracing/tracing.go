// Package tracing follows what comes in on its way through the hub, step by step, for
// whoever looks for where time goes: OpenTelemetry spans, sent by OTLP over HTTP. It is
// off unless the environment names a collector. A span says which step, how much and
// how long, never whose or what: no value, no name, no path of a request.
package tracing

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// endpoints are the variables that name a collector: OpenTelemetry's specification of
// the OTLP exporter has them, and others beside them for headers, certificates and time.
var endpoints = []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}

// Wanted says whether the environment names a collector.
func Wanted() bool {
	for _, name := range endpoints {
		if os.Getenv(name) != "" {
			return os.Getenv("OTEL_SDK_DISABLED") != "true"
		}
	}
	return false
}

// Begin has spans sent to the collector that the environment names, and to nobody if
// it names none. They go through the client alone, which obeys the hub's dial policy:
// whoever can set a variable of the process must not send the hub elsewhere. failed is
// told of spans that could not be sent; stop sends what waits.
func Begin(ctx context.Context, through *http.Client, failed func(error)) (stop func(context.Context) error, err error) {
	if !Wanted() {
		return func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithHTTPClient(through))
	if err != nil {
		return nil, fmt.Errorf("begin tracing: %w", err)
	}
	of, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "tocsin")), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("begin tracing: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(of))
	otel.SetTracerProvider(provider)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(failed))
	return provider.Shutdown, nil
}

// Step is a step on the way, from now until its end is called.
func Step(ctx context.Context, name string) (context.Context, Span) {
	ctx, span := otel.Tracer("github.com/tocsin-project/tocsin").Start(ctx, name)
	return ctx, Span{span.SetAttributes, span.SetStatus, func() { span.End() }}
}

// Span is a step that is under way.
type Span struct {
	attributes func(...attribute.KeyValue)
	status     func(codes.Code, string)
	end        func()
}

// Count says how many there are of something in the step.
func (s Span) Count(what string, n int) { s.attributes(attribute.Int(what, n)) }

// End ends the step. Of an error it tells that there was one: its words may be somebody's.
func (s Span) End(err error) {
	if err != nil {
		s.status(codes.Error, "")
	}
	s.end()
}
