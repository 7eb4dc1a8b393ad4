package client

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"pgregory.net/rapid"
)

// twinDevice is how one device stands, by the plain rules of RFC 8628.
type twinDevice struct {
	state         string // waits, seen, yes, no, used
	ends          time.Time
	polled, every int64
	ended         bool // its permission
}

// poll says what a device is told, and changes what it changes.
func (d *twinDevice) poll(now time.Time) error {
	switch {
	case d.state == "used":
		d.ended = true
		return ErrGone
	case !now.Before(d.ends):
		return ErrExpired
	case d.state == "no":
		return ErrDeclined
	case d.polled != 0 && now.Unix() < d.polled+d.every:
		d.polled, d.every = now.Unix(), d.every+5
		return ErrSlow
	case d.state == "yes":
		d.state = "used"
		if d.ended {
			return ErrGone
		}
		return nil
	}
	d.polled = now.Unix()
	return ErrPending
}

// Whatever a device, a person and time do, the device is told what the plain
// rules say.
func TestDevicesAreAsThePlainRulesSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring, h := newRing(t), newHand()
		c := openAt(t, d, ring, h)
		cl, _, err := c.Add(t.Context(), Spec{Name: "Evening News", Profile: SMART, Proof: NoProof, Scopes: "openid", Grants: []string{DeviceCode}})
		if err != nil {
			t.Fatal(err)
		}
		const secret = "a secret of a browser"
		rapid.Check(t, func(t *rapid.T) {
			h.move(time.Hour) // what is left of the run before is over
			ctx := t.Context()
			dev, err := c.Wait(ctx, cl.ID, "openid", Source{})
			if err != nil {
				t.Fatal(err)
			}
			twin, id := &twinDevice{state: "waits", ends: h.now().Add(dev.Life), every: int64(dev.Every / time.Second)}, ""
			allowed := func(err error, want bool) {
				if want != (err == nil) {
					t.Fatalf("in %s: %v", twin.state, err)
				}
			}
			steps := map[string]func(){
				"poll": func() {
					_, _, err := c.Poll(ctx, dev.Code, Redeeming{Client: cl.ID, Fits: func(Code) bool { return true }})
					if want := twin.poll(h.now()); !errors.Is(err, want) {
						t.Fatalf("in %s: %v, want %v", twin.state, err, want)
					}
				},
				"type": func() {
					h.move(time.Minute) // a source has few tries
					got, err := c.Typed(ctx, Source{}, dev.Typed, "https://a.example/done")
					ok := twin.state == "waits" && h.now().Before(twin.ends)
					allowed(err, ok)
					if ok {
						id, twin.state = got, "seen"
					}
				},
				"allow": func() {
					if id == "" {
						return
					}
					if _, _, err := c.Opened(ctx, id, secret); err == nil {
						_, err = c.Approve(ctx, id, secret, Approval{Account: "ann", Scopes: "openid", Until: h.now().Add(100 * time.Hour)})
						allowed(err, twin.state == "seen" && h.now().Before(twin.ends))
						twin.state = "yes"
					}
				},
				"decline": func() {
					if id == "" {
						return
					}
					if _, _, err := c.Opened(ctx, id, secret); err == nil {
						_, err = c.Decline(ctx, id, secret, "access_denied")
						allowed(err, twin.state == "seen" && h.now().Before(twin.ends))
						twin.state = "no"
					}
				},
				"wait a little": func() { h.move(3 * time.Second) },
				"wait":          func() { h.move(time.Minute) },
				"end": func() {
					if _, err := c.EndFor(ctx, "ann", ""); err != nil {
						t.Fatal(err)
					}
					twin.ended = twin.ended || twin.state == "yes" || twin.state == "used"
				},
			}
			names := []string{"poll", "poll", "poll", "type", "type", "allow", "allow", "decline", "wait a little", "wait", "end"}
			for range rapid.IntRange(1, 15).Draw(t, "steps") {
				steps[rapid.SampledFrom(names).Draw(t, "step")]()
			}
		})
	})
}

// What nobody can use any more goes, and codes that people type are of letters
// that nobody takes for others.
func TestDevicesInvitationsAndTriesAreSwept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHand()
		c := openAt(t, d, newRing(t), h)
		seen := map[string]bool{}
		for range 20 {
			dev, err := c.Wait(t.Context(), "app-1", "openid", Source{})
			if err != nil {
				t.Fatal(err)
			}
			if len(dev.Typed) != 9 || strings.Trim(strings.Replace(dev.Typed, "-", "", 1), typedLetters) != "" || seen[dev.Typed] {
				t.Errorf("a code is %q", dev.Typed)
			}
			seen[dev.Typed] = true
		}
		if _, err := c.Invite(t.Context(), 1, time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Typed(t.Context(), Source{}, "x", "https://a.example/"); !problem.Is(err, problem.Invalid) {
			t.Errorf("no code: %v", err)
		}
		h.move(2 * time.Hour)
		if err := c.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, b, e := rows(t, d, "client_invite"), rows(t, d, "client_try"), rows(t, d, "client_device"); a != 0 || b != 0 || e != 20 {
			t.Errorf("%d invitations, %d tries, %d devices", a, b, e)
		}
		h.move(signedLife)
		if err := c.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, d, "client_device"); n != 0 {
			t.Errorf("%d devices are left", n)
		}
	})
}
