package client

import (
	"math/big"
	"sync"
)

// rocaPrimes are small primes modulo which keys that certain chips made before
// 2017 are powers of 65537 (Nemec and others, "The Return of Coppersmith's
// Attack", 2017; CVE-2017-15361). Such keys can be factored. Another key has
// this form by chance less than once in 2^100.
var rocaPrimes = []int64{
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
	127, 131, 137, 139, 149, 151, 157, 163, 167,
}

// rocaPowers are, for each prime, the rests that powers of 65537 leave.
var rocaPowers = sync.OnceValue(func() []map[int64]bool {
	out := make([]map[int64]bool, len(rocaPrimes))
	for i, p := range rocaPrimes {
		out[i] = map[int64]bool{}
		for x := int64(1); !out[i][x]; x = x * 65537 % p {
			out[i][x] = true
		}
	}
	return out
})

// weakRSA says whether a modulus has the form of those keys.
func weakRSA(n *big.Int) bool {
	var p, rest big.Int
	for i, powers := range rocaPowers() {
		if !powers[rest.Mod(n, p.SetInt64(rocaPrimes[i])).Int64()] {
			return false
		}
	}
	return true
}
