package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
)

// television is an app on a device without a browser.
func television(c *client.Spec) {
	c.Proof, c.Redirects, c.LaunchURL, c.Logouts, c.Grants = client.NoProof, nil, "", nil, []string{client.DeviceCode, client.RefreshToken}
}

// shows is a device that shows a code.
func (s *site) shows(cl client.Client, scopes string) client.Device {
	s.t.Helper()
	d, err := s.cfg.Clients.Wait(s.t.Context(), cl.ID, scopes, client.Source{})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// polls is the device that asks whether somebody decided.
func (s *site) polls(cl client.Client, d client.Device) (client.Grant, error) {
	g, _, err := s.cfg.Clients.Poll(s.t.Context(), d.Code, client.Redeeming{Client: cl.ID, Fits: func(client.Code) bool { return true }})
	return g, err
}

// aboutDevices is what people meet who connect a device.
func (a *album) aboutDevices(s *site) {
	s.clock.move(10 * time.Minute) // codes that were typed elsewhere in the album
	cl := s.app("Evening News", television)
	p := s.linked("Tess", "tess")
	d := s.shows(cl, "launch/patient patient/Observation.rs")
	a.add("GET /device", "asks", p.get("/device"))
	a.add("GET /device", "a code in the address", p.get("/device?code="+d.Typed))
	a.add("POST /device", "no such code", p.send("/device", "code", "BBBB-BBBB"))
	at := p.send("/device", "code", d.Typed).Header().Get("Location")
	a.add("GET /device/{id}", "whose device", p.get(at))
	a.add("GET /device/{id}", "over", p.get("/device/nothing"))
	a.add("GET /authorize/{id}", "a device", p.get(askAt+strings.TrimPrefix(at, "/device/")))
	a.add("GET /device/done", "yes", p.get("/device/done?answer=yes"))
	a.add("GET /device/done", "no", p.get("/device/done?answer=no"))
	for range 10 {
		p.send("/device", "code", "BBBB-BBBB")
	}
	a.add("POST /device", "too many codes", p.send("/device", "code", "BBBB-BBBB"))
	itself, err := s.cfg.Clients.Register(a.t.Context(), client.Registering{Spec: client.Spec{Name: "Step counter", Profile: client.SMART, Proof: client.NoProof, Redirects: []string{backTo}, Scopes: "openid", Grants: []string{client.AuthorizationCode}},
		Said: client.Said{Page: "https://app.example/steps", Terms: "https://app.example/rules", Policy: "https://app.example/privacy"}})
	a.must(err)
	a.add("GET /authorize/{id}", "an app that registered itself", p.get(s.asks(itself.Client, "openid")))
}

// Somebody types the code that their television shows, is asked whether it is
// theirs, decides as about any app, and the television gets what they allowed.
func TestADeviceIsConnected(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Evening News", television)
		p := s.linked("Tess", "tess")
		d := s.shows(cl, "openid launch/patient patient/Observation.rs")
		if form := p.get("/device?code=" + d.Typed); !strings.Contains(form.Body.String(), `value="`+d.Typed+`"`) || !strings.Contains(form.text(), "Did somebody send you a code") {
			t.Errorf("the form is %s", form.text())
		}
		if form := p.get("/device?code=" + url.QueryEscape(`"><script>x`)); strings.Contains(form.Body.String(), "script>x") {
			t.Error("what stands in the address is shown")
		}
		at := p.send("/device", "code", strings.ToLower(d.Typed)).Header().Get("Location")
		if page := p.get(at); !strings.Contains(page.text(), "Evening News") || !strings.Contains(page.text(), "Is this your device?") || strings.Contains(page.Body.String(), d.Typed) {
			t.Errorf("the page says %s", page.text())
		}
		path := askAt + strings.TrimPrefix(at, "/device/")
		page := p.get(path)
		if page.Code != http.StatusOK || !strings.Contains(page.text(), "If somebody sent you the code, say no") || !strings.Contains(page.text(), "It stays on the device") || strings.Contains(page.text(), "id.example.org") {
			t.Errorf("the page says %s", page.text())
		}
		if _, err := s.polls(cl, d); !errors.Is(err, client.ErrPending) {
			t.Errorf("while they read: %v", err)
		}
		done := p.allow(path, page)
		if to := done.Header().Get("Location"); to != origin+"/device/done?answer=yes" {
			t.Fatalf("%d to %s: %s", done.Code, to, done.text())
		}
		s.clock.move(5 * time.Second)
		if g, err := s.polls(cl, d); err != nil || g.Account != p.account() || g.Patient != "tess" || g.Scopes != "openid launch/patient patient/Observation.rs" {
			t.Errorf("the device gets %+v, %v", g, err)
		}
		if list := p.get("/account/apps"); !strings.Contains(list.text(), "Evening News") {
			t.Errorf("what acts in my name: %s", list.text())
		}
		// Another one is asked about again, and may be denied by whoever is not
		// signed in too.
		d = s.shows(cl, "openid launch/patient patient/Observation.rs")
		q := s.person()
		at = q.send("/device", "code", d.Typed).Header().Get("Location")
		path = askAt + strings.TrimPrefix(at, "/device/")
		q.get(path)
		if to := q.send(path + "/deny").Header().Get("Location"); to != origin+"/device/done?answer=no" {
			t.Errorf("a no goes to %s", to)
		}
		if _, err := s.polls(cl, d); !errors.Is(err, client.ErrDeclined) {
			t.Errorf("after a no: %v", err)
		}
		if late := q.send("/device", "code", d.Typed); late.Code != http.StatusUnprocessableEntity || !strings.Contains(late.text(), "No device shows this code now") {
			t.Errorf("the code again: %d %s", late.Code, late.text())
		}
		d = s.shows(cl, "openid launch/patient patient/Observation.rs")
		at = p.send("/device", "code", d.Typed).Header().Get("Location")
		if page := p.get(askAt + strings.TrimPrefix(at, "/device/")); page.Code != http.StatusOK || !strings.Contains(page.Body.String(), `name="may"`) {
			t.Errorf("a second device is let in without a question: %d %s", page.Code, page.Header().Get("Location"))
		}
		if strings.Contains(s.log.String(), d.Typed) || strings.Contains(s.log.String(), d.Code) {
			t.Error("a code is in the log")
		}
	})
}

// People are told that nobody has looked at an app that registered itself, and
// what it says of itself is text that leads nowhere.
func TestAnAppThatRegisteredItselfIsMarked(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Tess", "tess")
		cl, err := s.cfg.Clients.Register(t.Context(), client.Registering{Spec: client.Spec{Name: "<b>Step counter", Profile: client.SMART, Proof: client.NoProof, Redirects: []string{backTo}, Scopes: "openid", Grants: []string{client.AuthorizationCode}},
			Said: client.Said{Policy: "https://evil.example/privacy"}})
		p.must(err)
		page := p.get(s.asks(cl.Client, "openid"))
		if page.Code != http.StatusOK || !strings.Contains(page.text(), "Nobody here has looked at this app") || !strings.Contains(page.text(), "https://evil.example/privacy") {
			t.Errorf("%d %s", page.Code, page.text())
		}
		if body := page.Body.String(); strings.Contains(body, `href="https://evil.example`) || strings.Contains(body, "<b>Step") {
			t.Error("what an app says of itself is a link, or HTML")
		}
		if page := p.get(s.asks(s.app("Run Club"), "openid")); strings.Contains(page.text(), "Nobody here has looked") {
			t.Errorf("the operator's own is marked: %s", page.text())
		}
	})
}
