package client

import "strings"

// The keys that a client gave are public. They are sealed all the same, bound to
// the client: whoever changes the text of a row, or a disk that does, would let
// another in, and what does not open is no key (SMART 2.2,
// client-confidential-asymmetric: the server "SHALL protect the JWK Set from
// corruption").

const keysPurpose = "client keys\x00"

func (c *Clients) sealKeys(id, keys string) string {
	if keys == "" {
		return ""
	}
	return c.ring.SealToken(keysPurpose+id, []byte(keys))
}

// openKeys gives keys as they were sealed; none where they were changed since,
// so that the client is not let in until it gets others (bevan client rotate).
// Sets from before they were sealed are taken as they are.
func (c *Clients) openKeys(id, stored string) string {
	if stored == "" || strings.HasPrefix(stored, "{") {
		return stored
	}
	keys, err := c.ring.OpenToken(keysPurpose+id, stored)
	if err != nil {
		return ""
	}
	return string(keys)
}
