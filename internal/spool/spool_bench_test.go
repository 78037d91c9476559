package spool_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/spool"
)

// One report with the readers' positions, on disk before it returns.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{300, 30_000} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			s := open(b, b.TempDir(), spool.Limits{})
			items, state := [][]byte{bytes.Repeat([]byte("x"), size)}, bytes.Repeat([]byte("s"), 2000)
			b.SetBytes(int64(size + len(state)))
			for b.Loop() {
				if err := s.Append(items, state); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("state alone", func(b *testing.B) {
		s := open(b, b.TempDir(), spool.Limits{})
		state := bytes.Repeat([]byte("s"), 2000)
		for b.Loop() {
			if err := s.Append(nil, state); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// One report read and noted as delivered.
func BenchmarkDeliver(b *testing.B) {
	s := open(b, b.TempDir(), spool.Limits{Bytes: 1 << 30})
	items := make([][]byte, 1000)
	for i := range items {
		items[i] = bytes.Repeat([]byte("x"), 300)
	}
	for b.Loop() {
		if s.Len() == 0 {
			b.StopTimer()
			if err := s.Append(items, nil); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		id, _, err := s.Next()
		if err == nil {
			err = s.Done(id)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// A full spool after a restart.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s, err := spool.Open(dir, spool.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	item := bytes.Repeat([]byte("x"), 1000)
	for range 100 {
		items := make([][]byte, 1000)
		for i := range items {
			items[i] = item
		}
		if err := s.Append(items, nil); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if s, err = spool.Open(dir, spool.Limits{}); err != nil || s.Len() != 100_000 {
			b.Fatal(s.Len(), err)
		}
	}
	b.ReportMetric(float64(s.Bytes()), "bytes")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
