package smart

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// The codes of RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6
// that are not refusals of the token endpoint as well.
const (
	unsupportedResponse = "unsupported_response_type"
	requestUnsupported  = "request_not_supported"
	addressUnsupported  = "request_uri_not_supported"
	registering         = "registration_not_supported"
	invalidTarget       = "invalid_target"
)

// requestPrefix begins the address of a request that was pushed (RFC 9126
// section 2.2).
const requestPrefix = "urn:ietf:params:oauth:request_uri:"

// authorize is the authorization endpoint (RFC 6749 section 3.1; SMART 2.2,
// "Obtain authorization code"). What is asked for is kept, and the browser goes
// on to the page where the person decides. Until the client and the address to
// go back to are known to belong together, a fault is a page and never a
// redirect.
func (c *call) authorize() error {
	if err := c.readAsk(); err != nil {
		return err
	}
	cl, err := c.asking()
	if err != nil {
		return err
	}
	id := ""
	if address := c.form.Get("request_uri"); address != "" {
		id, err = c.arrive(cl, address)
		if err != nil {
			return err
		}
	} else {
		if cl.Profile == client.FAPI2 {
			return refuse(invalidRequest, "This app has to send its request to this service first, and did not. Go back to the app, and tell its makers.").Because("app-not-sent-first")
		}
		a, f := c.ask(cl)
		if f != nil {
			return c.sendBack(client.Answer(c.form.Get("redirect_uri"), c.form.Get("state"), c.s.cfg.Issuer,
				url.Values{"error": {f.code}, "error_description": {clean(problem.Sentence(f.err))}}))
		}
		if id, _, err = c.s.cfg.Clients.Keep(c.ctx, a, false); err != nil {
			return err
		}
	}
	return c.sendBack(c.s.cfg.Pages + "/authorize/" + id)
}

// sendBack sends the browser on with a GET, whatever it came with: 303, so that
// no form is sent on (RFC 9700 section 4.12).
func (c *call) sendBack(location string) error {
	h := c.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", location)
	c.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// readAsk reads the parameters of an authorization request, from the address of
// a GET or the form of a POST.
func (c *call) readAsk() error {
	if c.r.Method == http.MethodPost {
		return c.read()
	}
	if len(c.r.URL.RawQuery) > maxForm {
		return refuse(invalidRequest, "The app asked for too much at once. Go back to the app, and tell its makers.").Because("app-too-much")
	}
	var err error
	if c.form, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
		return refuse(invalidRequest, "The app's request can not be read. Go back to the app, and tell its makers.").Because("app-unread")
	}
	return c.onceEach()
}

// asking finds the client, and makes sure of the address to go back to, which
// has to be one of its own to the letter (RFC 9700 section 4.1.3).
func (c *call) asking() (client.Client, error) {
	cl, found, err := c.s.cfg.Clients.Get(c.ctx, c.form.Get("client_id"))
	if err != nil {
		return cl, err
	}
	pushed := c.form.Get("request_uri") != ""
	if !found || !cl.Revoked.IsZero() || !slices.Contains(cl.Grants, client.AuthorizationCode) ||
		!pushed && !slices.Contains(cl.Redirects, c.form.Get("redirect_uri")) {
		return cl, refuse(invalidRequest, "This app is not known here, or wants to send you to a place that is not its own. Go back to the app, and tell its makers.").Because("app-unknown")
	}
	return cl, nil
}

// arrive finds a request that the client pushed.
func (c *call) arrive(cl client.Client, address string) (string, error) {
	id, ok := strings.CutPrefix(address, requestPrefix)
	if !ok {
		return "", refuse(addressUnsupported, "The app's request can not be read. Go back to the app, and tell its makers.").Because("app-unread")
	}
	return id, c.s.cfg.Clients.Arrive(c.ctx, id, cl.ID)
}

// challengeShaped is a challenge of S256: 32 bytes in base64url (RFC 7636
// section 4.2).
var challengeShaped = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

const maxState = 2_000 // bytes of state and of nonce

// ask is the request, checked but for who will decide. The fault is for the
// client: its address is known to be its own.
func (c *call) ask(cl client.Client) (client.Ask, *fault) {
	f := c.form
	a := client.Ask{Client: cl.ID, Issuer: c.s.cfg.Issuer, Redirect: f.Get("redirect_uri"), State: f.Get("state"), Nonce: f.Get("nonce"),
		Challenge: f.Get("code_challenge"), Launch: f.Get("launch"), Trust: f.Get("vtr"), Thumbprint: f.Get("dpop_jkt"), MaxAge: -1}
	if wrong := c.unsupported(); wrong != nil {
		return a, wrong
	}
	switch {
	case f.Get("response_type") == "":
		return a, faulty(invalidRequest, "The parameter response_type is missing. Send response_type=code.")
	case f.Get("response_type") != "code":
		return a, faulty(unsupportedResponse, "This server gives out codes only. Send response_type=code.")
	case f.Has("response_mode") && f.Get("response_mode") != "query":
		return a, faulty(invalidRequest, "The answer comes in the query of the address. Leave response_mode out.")
	case f.Get("code_challenge_method") != "S256" || !challengeShaped.MatchString(a.Challenge):
		return a, faulty(invalidRequest, "A code is protected by PKCE. Send code_challenge, and code_challenge_method=S256.")
	case len(a.State) > maxState || len(a.Nonce) > maxState || len(a.Trust) > maxState || len(a.Launch) > maxState || len(a.Thumbprint) > 100:
		return a, faulty(invalidRequest, "One of the parameters is too long. State and nonce may have 2,000 characters.")
	}
	var err *fault
	if a.Scopes, err = wanted(f.Get("scope"), cl); err != nil {
		return a, err
	}
	if err := c.audience(a.Scopes); err != nil {
		return a, err
	}
	if err := c.prompt(&a); err != nil {
		return a, err
	}
	return a, c.hint(&a)
}

// faulty is a refusal that goes back to the app, and is on no page.
func faulty(code, sentence string) *fault { return refuse(code, sentence) }

// unsupported refuses what an optional part of OpenID Connect would need, with
// the code that it has for that (OpenID Connect Core section 3.1.2.6).
func (c *call) unsupported() *fault {
	switch {
	case c.form.Has("request"):
		return faulty(requestUnsupported, "Signed requests are not taken here. Send the parameters themselves.")
	case c.form.Has("registration"):
		return faulty(registering, "Apps are registered before they ask. Leave registration out.")
	}
	return nil
}

// audience makes sure that the app means this FHIR server, so that it sends its
// token to nobody who only claims to be it (SMART 2.2, aud; RFC 8707).
func (c *call) audience(scopes string) *fault {
	for _, name := range []string{"aud", "resource"} {
		if at := c.form.Get(name); c.form.Has(name) && strings.TrimSuffix(at, "/") != c.s.cfg.FHIR {
			code := invalidRequest
			if name == "resource" {
				code = invalidTarget
			}
			return faulty(code, "This is not the server that the app means. Send the address of the FHIR interface as aud.")
		}
	}
	if aboutRecords(scopes) && !c.form.Has("aud") && !c.form.Has("resource") {
		return faulty(invalidRequest, "Say which server the app means. Send the address of the FHIR interface as aud.")
	}
	return nil
}

// prompt reads how the person is to be asked (OpenID Connect Core section
// 3.1.2.1).
func (c *call) prompt(a *client.Ask) *fault {
	words := strings.Fields(c.form.Get("prompt"))
	for _, w := range words {
		switch w {
		case "none":
			a.Silent = true
		case "login":
			a.Again = true
		case "consent":
			a.Confirm = true
		case "select_account":
			a.Choose = true
		}
	}
	if a.Silent && len(words) > 1 {
		return faulty(invalidRequest, "The word none of prompt stands by itself. Send prompt=none, or leave none out.")
	}
	if age := c.form.Get("max_age"); age != "" {
		n, err := strconv.Atoi(age)
		if err != nil || n < 0 || n > 1<<30 {
			return faulty(invalidRequest, "The parameter max_age is a number of seconds. Mend it.")
		}
		a.MaxAge = time.Duration(n) * time.Second
	}
	return nil
}

// hint reads whom the app expects, by an ID token that it has from here.
func (c *call) hint(a *client.Ask) *fault {
	text := c.form.Get("id_token_hint")
	if text == "" {
		return nil
	}
	said, err := c.s.ownToken(c.ctx, text)
	if err != nil || said.audience() != a.Client {
		return faulty(invalidRequest, "The id_token_hint is not a token of this server for this app. Leave it out.")
	}
	a.Account = said.Subject
	return nil
}
