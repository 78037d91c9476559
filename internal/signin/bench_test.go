package signin_test

import (
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/signin"
)

// What one sign-in costs with today's parameters: nearly all of it argon2id.
func BenchmarkPassword(b *testing.B) {
	d := newDoor(b)
	p, secret := d.invite(d.partner("Water works"), "Ann Example", "ann@water.example")
	if _, err := d.EnrolPassword(b.Context(), secret, password, home); err != nil {
		b.Fatal(err)
	}
	b.Run("right", func(b *testing.B) {
		for b.Loop() {
			if _, err := d.Password(b.Context(), p.Email, password, home); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("slowed down", func(b *testing.B) {
		for range 20 {
			_, _ = d.Password(b.Context(), "nobody@water.example", password, abroad)
		}
		for b.Loop() {
			if _, err := d.Password(b.Context(), "nobody@water.example", password, abroad); errors.Is(err, signin.ErrRefused) {
				continue // a wait was over
			}
		}
	})
}
