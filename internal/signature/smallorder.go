package signature

import "encoding/hex"

// smallOrder are the y coordinates, as RFC 8032 (section 5.1.2) writes them
// without the sign of x, of the eight points of edwards25519 whose multiple by
// eight is the neutral element; 0 and 1 can also be written as p and p + 1.
// Under such a key one signature holds for many messages, or for all. The list
// is that of libsodium (crypto_core/ed25519, ge25519_has_small_order).
var smallOrder = map[string]bool{
	unhexed("0000000000000000000000000000000000000000000000000000000000000000"): true, // 0: order 4
	unhexed("0100000000000000000000000000000000000000000000000000000000000000"): true, // 1: the neutral element
	unhexed("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"): true, // order 8
	unhexed("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"): true, // order 8
	unhexed("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"): true, // p - 1: order 2
	unhexed("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"): true, // p
	unhexed("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"): true, // p + 1
}

func unhexed(digits string) string {
	raw, err := hex.DecodeString(digits)
	if err != nil {
		panic("table of points of small order: " + err.Error())
	}
	return string(raw)
}

// hasSmallOrder says whether a public key of 32 bytes is such a point.
func hasSmallOrder(key []byte) bool {
	y := append([]byte(nil), key...)
	y[len(y)-1] &= 0x7f // the sign of x
	return smallOrder[string(y)]
}
