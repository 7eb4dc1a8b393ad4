package ips

import (
	"crypto/rand"
	"encoding/hex"
)

// NewNames are names that nobody can guess and that were never used.
func NewNames() Names { return Names{uuid(), uuid(), uuid()} }

// uuid is a random one (RFC 9562, 5.4).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails: the program ends where it would
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
