package web

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// While one case is being computed, others are: who asks for another does not wait.
func TestASlowCaseKeepsNobodyWaiting(t *testing.T) {
	var s scored
	slow, quick := attribution.Case{}, attribution.Case{}
	slow.ID, quick.ID = "case--1", "case--2"
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		s.at(slow).summed.Do(func() {
			close(begun)
			<-end
		})
	}()
	<-begun
	s.scores(quick)
	if s.at(slow) != s.at(slow) || s.at(slow) == s.at(quick) {
		t.Error("what is computed is not kept by case")
	}
	later := slow
	later.Head[0] = 1
	if s.at(later) == s.at(quick) {
		t.Error("of another record the same is told")
	}
	close(end)
	<-done
}
