package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator is a device that holds passkeys, and knows the finger of
// whoever uses the page.
type Authenticator struct {
	tab *Tab
	id  webauthn.AuthenticatorID
}

// Plug gives the tab a device for passkeys.
func (p *Tab) Plug() *Authenticator {
	p.t.Helper()
	a := &Authenticator{tab: p}
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		made, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		a.id = made.AuthenticatorID
		return err
	}))
	return a
}

// Unplug takes the device away, with what it holds.
func (a *Authenticator) Unplug() {
	a.tab.t.Helper()
	a.tab.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: a.id})
		return err
	}))
}

// Knows says whether the device knows the finger of whoever uses the page.
func (a *Authenticator) Knows(finger bool) {
	a.tab.t.Helper()
	a.tab.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: finger})
		return err
	}))
}

// WithoutScripts switches JavaScript off, for the pages that are opened next.
func (p *Tab) WithoutScripts() {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// ForgetCookies is another browser at the same page.
func (p *Tab) ForgetCookies() {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.ClearBrowserCookies, cdp.Empty{})
		return err
	}))
}

// Cookies are the names and values of the cookies that scripts can not see
// either.
func (p *Tab) Cookies() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		got, err := cdp.Call(ctx, t, network.GetCookies, network.GetCookiesParams{})
		for _, c := range got.Cookies {
			all[c.Name] = c.Value
		}
		return err
	}))
	return all
}

// SetCookie gives the browser a cookie, as a page at the address would.
func (p *Tab) SetCookie(address, name, value string) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: address, Path: "/"})
		return err
	}))
}

// Passkey is a passkey that was made elsewhere; Key is its private key as
// PKCS #8.
type Passkey struct {
	ID    []byte `json:"credentialId"`
	Key   []byte `json:"privateKey"`
	User  []byte `json:"userHandle"`
	Site  string `json:"rpId"`
	Count uint32 `json:"signCount"`
	// Found says that the device finds it without being told which.
	Found bool `json:"isResidentCredential"`
}

// holding is WebAuthn.addCredential with no more than a passkey has: Chromium
// refuses some members of the protocol's newest edition even where they are empty.
type holding struct {
	Device  webauthn.AuthenticatorID `json:"authenticatorId"`
	Passkey Passkey                  `json:"credential"`
}

// Holds gives the device a passkey.
func (a *Authenticator) Holds(k Passkey) {
	a.tab.t.Helper()
	k.Found = true
	a.tab.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cdp.Command[holding, cdp.Empty]{Method: webauthn.CommandAddCredential}, holding{a.id, k})
		return err
	}))
}
