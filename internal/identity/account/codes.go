package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"math/big"
	"strings"
)

// letters are the digits of ids and codes: no letter looks like a digit.
const letters = "0123456789abcdefghjkmnpqrstvwxyz"

var text = base32.NewEncoding(letters).WithPadding(base32.NoPadding)

// randomText is n random bytes as letters.
func randomText(n int) string { return text.EncodeToString(randomBytes(n)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return b
}

// randomDigits is a number of n digits, every one as likely as any other.
func randomDigits(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v, _ := rand.Int(rand.Reader, limit) // never fails, as above
	s := v.String()
	return strings.Repeat("0", n-len(s)) + s
}

// A session's secret is 256 random bits. Its text begins with a name, so that
// it can not be taken for a token of another kind.
const (
	sessionPrefix = "bevan-session_"
	sessionBytes  = 32
)

// newSecret makes the text that a browser keeps and the hash that is stored.
// No dictionary reaches 256 bits, so a plain hash is enough.
func newSecret() (secret string, hash [sha256.Size]byte) {
	raw := randomBytes(sessionBytes)
	return sessionPrefix + text.EncodeToString(raw), sha256.Sum256(raw)
}

// secretHash is the hash of a text that could be a session's. A session has
// one text only.
func secretHash(secret string) (hash [sha256.Size]byte, ok bool) {
	half, ok := strings.CutPrefix(secret, sessionPrefix)
	if !ok || len(half) != text.EncodedLen(sessionBytes) {
		return hash, false
	}
	raw, err := text.DecodeString(half)
	if err != nil || len(raw) != sessionBytes || text.EncodeToString(raw) != half {
		return hash, false
	}
	return sha256.Sum256(raw), true
}

// A recovery code is twenty letters, a hundred random bits. That is out of
// reach of guessing even for somebody who has the table, so one SHA-256 is
// enough: a slow hash is for secrets that people choose. It also means that a
// code finds its account by itself, and nobody has to type a name.
const (
	recoverySize  = 20
	recoveryGroup = 5
)

// newRecoveryCode makes a code as it is shown, and its hash.
func newRecoveryCode() (shown string, hash [sha256.Size]byte) {
	plain := randomText(recoverySize*5/8 + 1)[:recoverySize]
	var b strings.Builder
	for i, c := range plain {
		if i > 0 && i%recoveryGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return b.String(), recoveryHash(plain)
}

func recoveryHash(plain string) [sha256.Size]byte {
	return sha256.Sum256([]byte("recovery\x00" + plain))
}

// readRecoveryCode reads what a person typed from paper: capitals, blanks and
// dashes are let go, and letters that look like a digit are that digit.
func readRecoveryCode(typed string) (plain string, ok bool) {
	if len(typed) > 4*recoverySize {
		return "", false
	}
	var b strings.Builder
	for _, c := range strings.ToLower(typed) {
		switch c {
		case ' ', '-', '\t', '\n', '\r':
			continue
		case 'o':
			c = '0'
		case 'i', 'l':
			c = '1'
		}
		if !strings.ContainsRune(letters, c) {
			return "", false
		}
		b.WriteRune(c)
	}
	return b.String(), b.Len() == recoverySize
}

// readDigits reads a code of digits that a person typed, who may have put
// blanks into it.
func readDigits(typed string, digits int) (string, bool) {
	if len(typed) > 4*digits {
		return "", false
	}
	plain := strings.Join(strings.Fields(typed), "")
	if len(plain) != digits {
		return "", false
	}
	for _, c := range plain {
		if c < '0' || '9' < c {
			return "", false
		}
	}
	return plain, true
}
