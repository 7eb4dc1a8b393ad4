package account

import (
	"crypto/hmac"
	"encoding/binary"
	"hash"
	"time"
)

// Codes from an app follow RFC 6238 with what every app can do: SHA-1, thirty
// seconds and six digits.
const (
	totpPeriod = 30
	totpDigits = 6
	totpSize   = 20 // bytes of secret: as long as the hash (RFC 4226, 4)
)

// hotp is the code of a counter (RFC 4226, 5.3).
func hotp(algorithm func() hash.Hash, secret []byte, counter int64, digits int) string {
	mac := hmac.New(algorithm, secret)
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], uint64(counter))
	_, _ = mac.Write(c[:]) // a hash takes everything
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	n := binary.BigEndian.Uint32(sum[from:]) & (1<<31 - 1)
	text := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return string(text)
}

// step is the number of the period that a time falls in.
func step(at time.Time) int64 { return at.Unix() / totpPeriod }
