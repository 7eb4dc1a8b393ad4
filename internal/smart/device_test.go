package smart

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// onDevice makes a client one that lives on a device without a browser.
func onDevice(s *client.Spec) {
	s.Grants, s.Redirects, s.Logouts, s.LaunchURL = []string{client.DeviceCode, client.RefreshToken}, nil, nil, ""
}

// shows begins the flow of a device.
func (a *app) shows(pairs ...string) answer {
	a.w.t.Helper()
	return a.w.post(pathDevice, with(a.proven(url.Values{"scope": {"openid offline_access launch/patient patient/*.rs"}}), pairs...))
}

// polls asks whether somebody decided.
func (a *app) polls(code string, header ...string) answer {
	a.w.t.Helper()
	return a.w.post(pathToken, a.proven(url.Values{"grant_type": {client.DeviceCode}, "device_code": {code}}), header...)
}

var sofa = client.Source{}

// types is somebody who types a code; it gives the id of the request.
func (w *world) types(code string) (string, error) {
	return w.clients.Typed(w.t.Context(), sofa, code, issuer+"/device/done")
}

// typed is somebody who types a good code.
func (w *world) typed(code string) string {
	w.t.Helper()
	id, err := w.types(code)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// A television shows a code, somebody types it on their telephone and allows
// it, and the television gets its tokens once.
func TestADeviceIsLetIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		for _, a := range []*app{w.app(client.NoProof, onDevice), w.app(client.BySecret, onDevice), w.app(client.ByKey, onDevice)} {
			got := a.shows("aud", issuer+"/fhir")
			o := got.json()
			typed := got.text("user_code")
			if got.status != 200 || !regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(typed) || o["verification_uri"] != issuer+"/device" ||
				o["verification_uri_complete"] != issuer+"/device?code="+typed || o["expires_in"] != 600.0 || o["interval"] != 5.0 || len(got.text("device_code")) < 52 || got.header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%d %s", got.status, got.body)
			}
			code := got.text("device_code")
			a.polls(code).refused("before anybody came", "authorization_pending")
			w.move(5 * time.Second)
			id := w.typed(strings.ToLower(" " + strings.ReplaceAll(typed, "-", " ")))
			if name, err := w.clients.DeviceName(t.Context(), id); err != nil || name != "Diary" {
				t.Errorf("the page says %q, %v", name, err)
			}
			a.polls(code).refused("while they read", "authorization_pending")
			ask, _, err := w.clients.Opened(t.Context(), id, browser)
			if err != nil || ask.Device == "" || ask.Silent || ask.Client != a.ID {
				t.Fatalf("%+v, %v", ask, err)
			}
			to, err := w.clients.Approve(t.Context(), id, browser, client.Approval{Account: "ann", Context: client.Context{Patient: "p1"}, Scopes: "openid offline_access patient/*.rs", Until: w.now().Add(time.Hour)})
			if err != nil || to != issuer+"/device/done?answer=yes" {
				t.Fatalf("sent to %s, %v", to, err)
			}
			w.move(5 * time.Second)
			tokens := a.polls(code)
			if o := tokens.json(); tokens.status != 200 || o["patient"] != "p1" || o["scope"] != "openid offline_access patient/*.rs" || o["id_token"] == nil || !client.IsRefresh(tokens.text("refresh_token")) {
				t.Fatalf("%d %s", tokens.status, tokens.body)
			}
			if who, err := w.asks(tokens.text("access_token")); err != nil || who.Actor != "account:ann" || who.Patient != "p1" {
				t.Errorf("%+v, %v", who, err)
			}
			if got := a.renews(tokens.text("refresh_token")); got.status != 200 {
				t.Errorf("%d %s", got.status, got.body)
			}
			w.move(5 * time.Second)
			a.polls(code).refused("a second time", "invalid_grant")
			if _, err := w.asks(tokens.text("access_token")); !problem.Is(err, problem.Revoked) {
				t.Errorf("a code that two have: %v", err)
			}
		}
		if o := w.send("GET", pathServer, "").json(); o["device_authorization_endpoint"] != issuer+pathDevice || !strings.Contains(strings.Join(texts(o["grant_types_supported"]), " "), client.DeviceCode) {
			t.Errorf("discovery: %v", o)
		}
	})
}

// Until somebody decides, when they say no, and when it took too long.
func TestADeviceWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.NoProof, onDevice)
		got := a.shows()
		code := got.text("device_code")
		a.polls(code).refused("the first time", "authorization_pending")
		w.move(4 * time.Second)
		a.polls(code).refused("too often", "slow_down")
		w.move(5 * time.Second) // and now it is ten
		a.polls(code).refused("still too often", "slow_down")
		w.move(14 * time.Second)
		a.polls(code).refused("still too often", "slow_down")
		w.move(20 * time.Second)
		a.polls(code).refused("in time", "authorization_pending")
		id := w.typed(got.text("user_code"))
		if _, _, err := w.clients.Opened(t.Context(), id, browser); err != nil {
			t.Fatal(err)
		}
		if to, err := w.clients.Decline(t.Context(), id, browser, "access_denied"); err != nil || to != issuer+"/device/done?answer=no" {
			t.Errorf("sent to %s, %v", to, err)
		}
		w.move(20 * time.Second)
		a.polls(code).refused("somebody said no", "access_denied")
		if _, err := w.approves(id, nil); !problem.Is(err, problem.NotFound) {
			t.Errorf("and yes after that: %v", err)
		}

		late := a.shows()
		id = w.typed(late.text("user_code"))
		w.move(10 * time.Minute)
		a.polls(late.text("device_code")).refused("after ten minutes", "expired_token")
		if _, err := w.approves(id, nil); !problem.Is(err, problem.NotFound) {
			t.Errorf("allowed after ten minutes: %v", err)
		}
		if _, err := w.clients.DeviceName(t.Context(), id); !problem.Is(err, problem.NotFound) {
			t.Errorf("its page after ten minutes: %v", err)
		}
		unseen := a.shows().text("user_code")
		w.move(10 * time.Minute)
		if _, err := w.types(unseen); !problem.Is(err, problem.Invalid) {
			t.Errorf("typed after ten minutes: %v", err)
		}
		held := a.shows()
		if _, err := w.approves(w.typed(held.text("user_code")), func(y *client.Approval) { y.Session = "session-1" }); err != nil {
			t.Fatal(err)
		}
		w.people.end("session-1")
		a.polls(held.text("device_code")).refused("their session has ended", "invalid_grant")
	})
}

// A code is good for one request of one client, and who guesses gets few tries.
func TestCodesOfDevicesAreNotGuessed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a, b := w.app(client.NoProof, onDevice), w.app(client.NoProof, onDevice)
		got := a.shows()
		b.polls(got.text("device_code")).refused("another client", "invalid_grant")
		for _, bad := range []string{"", "x", got.text("user_code"), got.text("device_code") + "0", strings.ToUpper(got.text("device_code"))} {
			a.polls(bad).refused("what is no code", "invalid_grant")
		}
		id := w.typed(got.text("user_code"))
		if again, err := w.types(got.text("user_code")); !problem.Is(err, problem.Invalid) {
			t.Errorf("somebody types it after: %s, %v", again, err)
		}
		if to, err := w.clients.Approve(t.Context(), id, browser, client.Approval{Account: "ann", Scopes: "openid", Until: w.now().Add(time.Hour)}); err == nil {
			t.Errorf("a request that nobody opened is allowed: %s", to)
		}
		if _, err := w.approves(id, nil); err != nil {
			t.Error(err)
		}
		if cover, found, err := w.clients.Covering(t.Context(), client.Ask{Client: w.app(client.BySecret, onDevice).ID, Device: "x"}, "ann", client.Context{}); err != nil || found {
			t.Errorf("a device is let in without a question: %+v, %v", cover, err)
		}
		stranger := client.SourceOf(netip.MustParseAddr("203.0.113.9"))
		good := a.shows().text("user_code")
		for i := range 11 {
			want := problem.Invalid
			if i == 10 {
				want = problem.TooMany
			}
			for _, typed := range []string{"BBBB-BBBB", strings.Repeat("B", 5_000)}[i%2:][:1] {
				if _, err := w.clients.Typed(t.Context(), stranger, typed, issuer); !problem.Is(err, want) {
					t.Errorf("guess %d: %v", i, err)
				}
			}
		}
		if _, err := w.clients.Typed(t.Context(), stranger, good, issuer); !problem.Is(err, problem.TooMany) {
			t.Errorf("the right one after that: %v", err)
		}
		w.typed(good) // somebody else types theirs
		w.from = "203.0.113.7:1"
		for i := range 31 {
			if got := a.shows(); (got.status == 200) != (i < 30) || i == 30 && got.status != 429 {
				t.Errorf("device %d from one place: %d %s", i, got.status, got.body)
			}
		}
		for table, secret := range map[string]string{"client_device": good, "client_ask": got.text("device_code")} {
			for _, s := range []string{secret, strings.ReplaceAll(secret, "-", "")} {
				if strings.Contains(dump(t, d, table), s) {
					t.Errorf("%s holds %s", table, s)
				}
			}
		}
	})
}

// Of many that ask for the tokens of one device at once, on two nodes, one gets
// them.
func TestADeviceOnTwoNodes(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *world, _, _ *app) {
		a := here.app(client.NoProof, onDevice)
		same := *a
		same.w = there
		got := a.shows()
		if _, err := there.approves(here.typed(got.text("user_code")), nil); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		answers := make(chan answer, 12)
		for i := range 12 {
			all.Go(func() { answers <- []*app{a, &same}[i%2].polls(got.text("device_code")) })
		}
		all.Wait()
		close(answers)
		n := 0
		for one := range answers {
			if one.status == 200 {
				n++
			} else {
				one.refused("another", "invalid_grant")
			}
		}
		if n != 1 {
			t.Errorf("%d got tokens", n)
		}
	})
}

func TestWhatTheDeviceEndpointRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a, secret := w.app(client.NoProof, onDevice), w.app(client.BySecret, onDevice)
		w.app(client.NoProof, nil).shows().want("a client that may not", 400, "unauthorized_client")
		w.app(client.NoProof, nil).polls("x").want("a client that may not", 400, "unauthorized_client")
		a.shows("scope", "").want("no scope", 400, "invalid_scope")
		a.shows("scope", "system/*.rs").want("scopes it may not have", 400, "invalid_scope")
		a.shows("aud", "https://other.example/fhir").want("another server", 400, "invalid_request")
		a.shows("client_id", "app-nothing").want("no client", 400, "invalid_client")
		secret.shows("client_secret", "").want("no secret", 400, "invalid_client")
		secret.shows("client_secret", "x").want("a wrong secret", 401, "invalid_client")
		w.get(pathAuthorize, url.Values{"client_id": {a.ID}, "redirect_uri": {appBack}, "response_type": {"code"}}).nowhere("a device in a browser")
		if got := w.send("GET", pathDevice, ""); got.status != 405 {
			t.Errorf("GET: %d", got.status)
		}
		if _, _, err := w.clients.Add(t.Context(), client.Spec{Name: "x", Profile: client.FAPI2, Proof: client.ByKey, Keys: keySet(jwk("1", testKeys().p256)), Scopes: "openid", Grants: []string{client.DeviceCode}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("under FAPI 2.0: %v", err)
		}
		key := w.app(client.ByKey, onDevice)
		form := key.proven(url.Values{"scope": {"openid"}})
		if got := w.post(pathDevice, form); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
		w.post(pathDevice, form).want("an assertion again", 400, "invalid_client")
	})
}

// dump is all that a table holds.
func dump(t *testing.T, d *db.DB, table string) string {
	t.Helper()
	var out strings.Builder
	columns := map[string]int{"client_device": 5, "client_ask": 3}[table]
	list := map[string]string{"client_device": "client, scopes, grant_id, data, CAST(typed AS text)", "client_ask": "id, client, data"}[table]
	if err := d.Query(t.Context(), "SELECT "+list+" FROM "+table, nil, func(r *db.Row) error {
		for i := range columns {
			fmt.Fprintln(&out, r.Text(i))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if out.Len() == 0 {
		t.Errorf("%s is empty", table)
	}
	return out.String()
}
