package smart

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
)

// push takes an authorization request from the client itself (RFC 9126), so
// that nobody on the way can change it, and nothing of it is in a browser's
// address.
func (c *call) push() error {
	if err := c.read(); err != nil {
		return err
	}
	cl, once, err := c.clientOf(everyProof)
	if err != nil {
		return err
	}
	a, f, err := c.pushed(cl)
	if err != nil || f != nil {
		if serr := c.spend(once); serr != nil {
			return serr
		}
		if err == nil {
			err = f
		}
		return err
	}
	if err := c.spend(once); err != nil {
		return err
	}
	id, life, err := c.s.cfg.Clients.Keep(c.ctx, a, true)
	if err != nil {
		return err
	}
	body, _ := json.Marshal(struct { // a text and a number always can be written
		Address string `json:"request_uri"`
		Seconds int    `json:"expires_in"`
	}{requestPrefix + id, int(life / time.Second)})
	return c.send(http.StatusCreated, body)
}

// pushed checks the request. All of its faults are told to the client here.
func (c *call) pushed(cl client.Client) (client.Ask, *fault, error) {
	switch {
	case c.form.Has("request_uri"):
		return client.Ask{}, faulty(invalidRequest, "A request that is pushed has no request_uri. Leave it out."), nil
	case !slices.Contains(cl.Grants, client.AuthorizationCode):
		return client.Ask{}, faulty(unauthorized, "This client may not ask people. Ask whoever runs this service."), nil
	case !slices.Contains(cl.Redirects, c.form.Get("redirect_uri")):
		return client.Ask{}, faulty(invalidRequest, "The redirect_uri is not one that this client was registered with. Send one of those."), nil
	}
	a, f := c.ask(cl)
	if f != nil {
		return a, f, nil
	}
	p, err := c.proof(cl, pathPush, false)
	if err != nil || p == nil {
		return a, nil, err
	}
	if a.Thumbprint != "" && a.Thumbprint != p.thumbprint {
		return a, faulty(invalidProof, "The DPoP proof is of another key than dpop_jkt says. Send one of them, or make them the same."), nil
	}
	a.Thumbprint = p.thumbprint
	return a, nil, c.spend([]client.Once{p.once()})
}
