package smart

import (
	"net/url"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// logout is where an app sends people to sign out here as well (OpenID Connect
// RP-Initiated Logout 1.0). They are asked on a page, since anybody could send
// them, and go back only to an address that the app was registered with.
func (c *call) logout() error {
	if err := c.readAsk(); err != nil {
		return err
	}
	f := c.form
	id := f.Get("client_id")
	if hint := f.Get("id_token_hint"); hint != "" {
		said, err := c.s.ownToken(c.ctx, hint)
		if err != nil || id != "" && id != said.audience() {
			return refuse(invalidRequest, "The app's request to sign you out can not be read. You can sign out on your account's page.").Because("app-sign-out-unread")
		}
		id = said.audience()
	}
	back := f.Get("post_logout_redirect_uri")
	if back == "" {
		return c.sendBack(c.s.cfg.Pages + "/sign-out")
	}
	cl, found, err := c.s.cfg.Clients.Get(c.ctx, id)
	if err != nil {
		return err
	}
	if !found || !cl.Revoked.IsZero() || !slices.Contains(cl.Logouts, back) || len(f.Get("state")) > maxState {
		return refuse(invalidRequest, "The app wants to send you to a place that is not its own. You can sign out on your account's page.").Because("app-sign-out-place")
	}
	if state := f.Get("state"); state != "" {
		sep := "?"
		if strings.Contains(back, "?") {
			sep = "&"
		}
		back += sep + url.Values{"state": {state}}.Encode()
	}
	to, err := c.s.cfg.Clients.SealLogout(client.Logout{Name: cl.Name, Location: back})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return c.sendBack(c.s.cfg.Pages + "/sign-out?to=" + url.QueryEscape(to))
}
