package record

import (
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"

	"github.com/bevanhealth/bevan/internal/seal"
)

const lookIDSize = 39 // 24 bytes, five bits a letter

var lookText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// lookNames names entries of the access log: each by its number under two keyed
// hashes that belong to its person, with the number hidden under a third. Who
// knows one name learns no other, not even how many entries there are between
// two, and the name of an entry is good in the record of its person only.
type lookNames struct{ one, two, number seal.Hasher }

func (d *Door) lookNames() lookNames {
	return lookNames{d.ring.Hasher("access entry id"), d.ring.Hasher("access entry id, second half"), d.ring.Hasher("access entry number")}
}

// proof is the part of an id that nobody else can make.
func (n lookNames) proof(person, seq int64) (p [16]byte) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(person))
	binary.BigEndian.PutUint64(b[8:], uint64(seq))
	binary.BigEndian.PutUint64(p[:], n.one.Sum(b[:]))
	binary.BigEndian.PutUint64(p[8:], n.two.Sum(b[:]))
	return p
}

func (n lookNames) id(person, seq int64) string {
	p := n.proof(person, seq)
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 24), uint64(seq)^n.number.Sum(p[:]))
	return lookText.EncodeToString(append(b, p[:]...))
}

// seq is the number behind an id of an entry about a person.
func (n lookNames) seq(person int64, id string) (seq int64, ok bool) {
	if !IsLook(id) {
		return 0, false
	}
	b, err := lookText.DecodeString(id)
	if err != nil || len(b) != 24 || lookText.EncodeToString(b) != id {
		return 0, false // spare bits would give one entry two names
	}
	seq = int64(binary.BigEndian.Uint64(b) ^ n.number.Sum(b[8:]))
	p := n.proof(person, seq)
	return seq, subtle.ConstantTimeCompare(p[:], b[8:]) == 1
}
