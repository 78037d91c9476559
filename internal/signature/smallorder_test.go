package signature_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/signature"
)

// Keys of small order are none: the test finds them all by itself, as the y of
// points P with 8P = 0, written in every way, and shows what they would let through.
func TestKeysOfSmallOrder(t *testing.T) {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	// The orders 1, 2 and 4 have y = 1, -1, 0. A point of order 8 doubles to one
	// of order 4, whose y is 0: y^2 = -x^2, with -x^2 + y^2 = 1 + d x^2 y^2
	// therefore d y^4 + 2 y^2 - 1 = 0, y^2 = (-1 +- sqrt(1 + d)) / d.
	d := new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), p))
	root := new(big.Int).ModSqrt(new(big.Int).Mod(new(big.Int).Add(d, big.NewInt(1)), p), p)
	if root == nil {
		t.Fatal("1 + d has no root")
	}
	ys := []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(p, big.NewInt(1)), p, new(big.Int).Add(p, big.NewInt(1))}
	for _, sign := range []int64{1, -1} {
		square := new(big.Int).Add(big.NewInt(-1), new(big.Int).Mul(big.NewInt(sign), root))
		square.Mod(square.Mul(square, new(big.Int).ModInverse(new(big.Int).Mod(d, p), p)), p)
		if y := new(big.Int).ModSqrt(square, p); y != nil {
			ys = append(ys, y, new(big.Int).Sub(p, y))
		}
	}
	if len(ys) != 7 {
		t.Fatalf("%d values of y, want 7", len(ys))
	}
	forged := make([]byte, ed25519.SignatureSize) // R the neutral element, S nought
	forged[0] = 1
	for _, y := range ys {
		for _, sign := range []byte{0, 0x80} {
			key := make([]byte, ed25519.PublicKeySize)
			for i, b := range y.FillBytes(make([]byte, len(key))) {
				key[len(key)-1-i] = b
			}
			key[31] |= sign
			if _, err := signature.ParsePublic("ed25519:" + base64.StdEncoding.EncodeToString(key)); err == nil || !strings.Contains(err.Error(), "small order") {
				t.Errorf("%s: %v", hex.EncodeToString(key), err)
			}
			held := 0
			for i := range 200 {
				if ed25519.Verify(key, fmt.Append(nil, i), forged) {
					held++
				}
			}
			if held == 0 {
				t.Errorf("%x: the forged signature holds for no message: is it of small order?", key)
			}
		}
	}
}
