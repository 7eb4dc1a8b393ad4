package seal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/bevanhealth/bevan/internal/problem"
)

// SealToken makes an opaque text, safe in a URL, that only this ring can open and only for the same
// purpose. Every node with the ring can open it; it stays good after a rotation.
func (r *Ring) SealToken(purpose string, plain []byte) string {
	m := r.state.Load().current()
	head := binary.BigEndian.AppendUint32(make([]byte, 0, 4+Overhead+len(plain)), m.ID)
	return base64.RawURLEncoding.EncodeToString(m.tokens.Seal(head, plain, tokenContext(purpose, head)))
}

// OpenToken gives back what was sealed, or problem.Invalid for anything else.
func (r *Ring) OpenToken(purpose, token string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < 4+Overhead {
		return nil, errToken(errors.New("seal: not the form of a token"))
	}
	// A key that isn't in the ring isn't looked for in the file: callers make tokens up.
	m := r.state.Load().find(binary.BigEndian.Uint32(b))
	if m == nil {
		return nil, errToken(errors.New("seal: a token of an unknown key"))
	}
	plain, err := m.tokens.aead.Open(nil, nil, b[4:], tokenContext(purpose, b[:4]))
	if err != nil {
		return nil, errToken(err)
	}
	return plain, nil
}

func tokenContext(purpose string, head []byte) []byte {
	return append(append(make([]byte, 0, len(head)+len(purpose)), head...), purpose...)
}

func errToken(cause error) error {
	return problem.Wrap(problem.Invalid, "This link to a page of results was not made by this server or was changed. Run the search again from its first page.", cause)
}
