package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"

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

// newNonce makes the row's nonce, of which mark makes the second half. Until then all of it is random.
func (r *row) newNonce() {
	r.nonce = make([]byte, receipt.NonceSize)
	_, _ = rand.Read(r.nonce) // never fails: it ends the program instead
}

// mark writes the second half of the nonce of an entry: it is good for this entry under this number only,
// so that no row can be copied.
func (k *keys) mark(seq int64, r *row) {
	h := hmac.New(sha256.New, k.mac)
	var head [nonceRandom + headSize]byte
	copy(head[:], r.nonce[:nonceRandom])
	binary.BigEndian.PutUint64(head[nonceRandom:], uint64(seq))
	binary.BigEndian.PutUint64(head[nonceRandom+8:], uint64(r.person))
	binary.BigEndian.PutUint64(head[nonceRandom+16:], uint64(r.at))
	h.Write(head[:])
	h.Write(r.entry)
	var sum [sha256.Size]byte
	copy(r.nonce[nonceRandom:], h.Sum(sum[:0]))
}

// ours says whether a process with these keys wrote the row under its number.
func (k *keys) ours(seq int64, r *row) bool {
	if len(r.nonce) != receipt.NonceSize {
		return false
	}
	again := *r
	again.nonce = slices.Clone(r.nonce)
	k.mark(seq, &again)
	return hmac.Equal(again.nonce, r.nonce)
}

// erased says whether the row's content was taken out.
func (r *row) erased() bool { return len(r.entry) == 0 }

// blessed says whether the row, which has no nonce, was there before the keys: then it gets a mark with
// its leaf.
func (k *keys) blessed(seq int64) bool { return seq <= k.legacy[seq>>nodeShift] }
