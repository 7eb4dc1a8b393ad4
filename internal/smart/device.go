package smart

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
)

// The codes of RFC 8628 section 3.5.
const (
	pending  = "authorization_pending"
	slowDown = "slow_down"
	declined = "access_denied"
	expired  = "expired_token"
)

// pathTyped is the page on which people type what a device shows.
const pathTyped = "/device"

// device begins the flow of a device that has no browser (RFC 8628 section
// 3.1): it shows a code, which somebody types on a device that has one.
func (c *call) device() error {
	if err := c.read(); err != nil {
		return err
	}
	cl, once, err := c.clientOf(everyProof)
	if err != nil {
		return err
	}
	scopes, err := c.deviceScopes(cl)
	if err != nil {
		return c.spent(once, err)
	}
	d, err := c.s.cfg.Clients.Wait(c.ctx, cl.ID, scopes, c.source(), once...)
	if errors.Is(err, client.ErrReplayed) {
		return replayed()
	}
	if err != nil {
		return err
	}
	at := c.s.cfg.Pages + pathTyped
	body, _ := json.Marshal(struct { // texts and numbers always can be written
		Code    string `json:"device_code"`
		Typed   string `json:"user_code"`
		At      string `json:"verification_uri"`
		Whole   string `json:"verification_uri_complete"`
		Seconds int    `json:"expires_in"`
		Every   int    `json:"interval"`
	}{d.Code, d.Typed, at, at + "?" + url.Values{"code": {d.Typed}}.Encode(), int(d.Life / time.Second), int(d.Every / time.Second)})
	return c.send(http.StatusOK, body)
}

// deviceScopes is what a device asks for, checked as a request in a browser is.
func (c *call) deviceScopes(cl client.Client) (string, error) {
	if !slices.Contains(cl.Grants, client.DeviceCode) {
		return "", refuse(unauthorized, "This client may not ask in this way. Ask whoever runs this service.")
	}
	scopes, f := wanted(c.form.Get("scope"), cl)
	if f == nil {
		f = c.audience("") // a device is set up for one server, and need not name it
	}
	if f != nil {
		return "", f
	}
	return scopes, nil
}

// poll gives a device its tokens, when somebody allowed it (RFC 8628 section
// 3.4).
func (c *call) poll() error {
	a, err := c.asks(everyProof, client.DeviceCode)
	if err != nil {
		return err
	}
	g, code, err := c.s.cfg.Clients.Poll(c.ctx, c.form.Get("device_code"), client.Redeeming{
		Client: a.ID, Spend: a.once, Fits: func(code client.Code) bool { return code.Thumbprint == "" },
	})
	switch {
	case errors.Is(err, client.ErrPending):
		return refuse(pending, "Nobody has decided yet. Ask again after the interval.")
	case errors.Is(err, client.ErrSlow):
		return refuse(slowDown, "This is too often. Wait five seconds longer between two questions from now on.")
	case errors.Is(err, client.ErrDeclined):
		return refuse(declined, "The person said no.")
	case errors.Is(err, client.ErrExpired):
		return refuse(expired, "The code has run out. Begin again, and show the new one.")
	case err != nil:
		return gone(err, "The device_code is not good: it was used, or was not given to this client. Begin again.")
	}
	return c.firstTokens(a, g, code)
}

// firstTokens is the answer to whoever comes with a new permission.
func (c *call) firstTokens(a asking, g client.Grant, code client.Code) error {
	if err := c.holds(g); err != nil {
		return err
	}
	scopes := holding(code.Scopes, g.Context)
	out, err := c.giveOut(a, g, scopes, code.SignIn, true)
	if err != nil {
		return err
	}
	if slices.Contains(strings.Fields(scopes), "openid") {
		if out.ID, err = c.s.idToken(c.ctx, a.Client, g, scopes, code.SignIn); err != nil {
			return err
		}
	}
	return c.sendJSON(out)
}
