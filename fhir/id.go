package fhir

import (
	"encoding/base32"
	"fmt"
	"io"
)

// ValidID tells whether s is a logical id (R4 section 2.24.0.1): 1 to 64 of
// A-Z, a-z, 0-9, - and dot.
func ValidID[T ~string | ~[]byte](s T) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alnum(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// TypeShaped tells whether s is written like the name of a resource type: a
// capital and letters. Whether there is such a type, fhir/spec knows.
func TypeShaped[T ~string | ~[]byte](s T) bool {
	if len(s) < 2 || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !alnum(c) || c <= '9' {
			return false
		}
	}
	return true
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// Lower case without the letters and digits that are easily confused.
var idAlphabet = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz023456789").WithPadding(base32.NoPadding)

// NewID returns a logical id of 24 characters made of 120 bits from random,
// which should be crypto/rand.Reader: an id that can be guessed tells whether
// somebody is known here.
func NewID(random io.Reader) (string, error) {
	var b [15]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return idAlphabet.EncodeToString(b[:]), nil
}
