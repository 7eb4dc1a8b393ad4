package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
)

// headSize is the size in bytes of what stands before an entry's blob in what its leaf commits to.
const headSize = 3 * 8

// canonical is what a leaf commits to: number, person and time, each in 8 bytes, and the blob as encode
// wrote it.
func (r *row) canonical(seq int64) []byte {
	b := make([]byte, 0, headSize+len(r.entry))
	b = binary.BigEndian.AppendUint64(b, uint64(seq))
	b = binary.BigEndian.AppendUint64(b, uint64(r.person))
	b = binary.BigEndian.AppendUint64(b, uint64(r.at))
	return append(b, r.entry...)
}

// leaf is the entry's leaf, given its number.
func (r *row) leaf(seq int64) tlog.Hash { return receipt.Commit(r.nonce, r.canonical(seq)) }

// A nonce is 16 random bytes and 16 of an HMAC over them and the entry. To whoever lacks the key all of it
// is random, so that a leaf hides its entry; to the log the second half says that the entry was written by
// a process with the key file, and not put into the table by somebody else before it had its leaf.
const nonceRandom = 16

// newNonce makes the row's nonce. Without keys all of it is random.
func (r *row) newNonce(k *keys) {
	r.nonce = make([]byte, receipt.NonceSize)
	_, _ = rand.Read(r.nonce) // never fails: it ends the program instead
	if k != nil {
		k.mark(r, r.nonce[:nonceRandom:nonceRandom])
	}
}

// mark writes the second half of a nonce behind its first.
func (k *keys) mark(r *row, random []byte) {
	h := hmac.New(sha256.New, k.mac)
	var head [2 * 8]byte
	binary.BigEndian.PutUint64(head[:], uint64(r.person))
	binary.BigEndian.PutUint64(head[8:], uint64(r.at))
	h.Write(random)
	h.Write(head[:])
	h.Write(r.entry)
	copy(r.nonce[nonceRandom:], h.Sum(nil))
}

// ours says whether a process with these keys wrote the row.
func (k *keys) ours(r *row) bool {
	if len(r.nonce) != receipt.NonceSize {
		return false
	}
	again := row{person: r.person, at: r.at, entry: r.entry, nonce: make([]byte, receipt.NonceSize)}
	copy(again.nonce, r.nonce[:nonceRandom])
	k.mark(&again, again.nonce[:nonceRandom])
	return hmac.Equal(again.nonce, r.nonce)
}

// erased says whether the row's content was taken out.
func (r *row) erased() bool { return len(r.entry) == 0 }

// blessing are the keys that mark a row without a nonce: none, unless it was there before the keys.
func (k *keys) blessing(seq int64) *keys {
	if seq <= k.legacy[seq>>nodeShift] {
		return k
	}
	return nil
}
