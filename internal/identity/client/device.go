package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A device without a browser, such as a television or a sensor, shows a short
// code, and a person types it on another one (RFC 8628). From then on it is a
// request like any other, and the answer waits for the device.

// Why a device has no token yet (RFC 8628 section 3.5).
var (
	ErrPending  = errors.New("client: nobody has decided about the device yet")
	ErrSlow     = errors.New("client: the device asks too often")
	ErrDeclined = errors.New("client: the person said no to the device")
	ErrExpired  = errors.New("client: the code of the device has run out")
)

const (
	deviceLife  = 10 * time.Minute
	deviceEvery = 5 // seconds between two questions
	// maxDevices bounds how many codes wait at once, so that a guess nearly
	// never finds one: two thousand of 20⁸.
	maxDevices = 2_000
	typedSize  = 8
)

// typedLetters are those of codes that people type: no vowels, so that they
// make no words, and none that is read as another or as a number (RFC 8628
// section 6.1).
const typedLetters = "BCDFGHJKLMNPQRSTVWXZ"

// Device is a device that begins to wait.
type Device struct {
	Code  string        // that the device keeps for itself
	Typed string        // that it shows, in two halves
	Life  time.Duration // how long both are good
	Every time.Duration // how long it waits between two questions
}

// where a device stands.
const (
	deviceWaits = iota
	deviceSeen
	deviceAllowed
	deviceDeclined
	deviceUsed
)

// Wait keeps the request of a device until somebody types its code. once are
// the one-use numbers that it came with.
func (c *Clients) Wait(ctx context.Context, client, scopes string, from Source, once ...Once) (Device, error) {
	var random [secretSize]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	hash := sha256.Sum256(random[:])
	out := Device{Code: text.EncodeToString(random[:]), Typed: typedCode(), Life: deviceLife, Every: deviceEvery * time.Second}
	var refusal error
	err := c.db.Write(ctx, func(tx *db.Tx) error {
		refusal = nil
		if err := spendIn(tx, once); err != nil {
			return err
		}
		now := c.now()
		var err error
		if refusal, err = c.mayWait(tx, client, from); err != nil || refusal != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO client_device (hash, typed, client, scopes, every, expires, forget) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			hash[:], c.typedHash(out.Typed), client, scopes, int64(deviceEvery), now.Add(deviceLife).Unix(), now.Add(signedLife).Unix())
		if err == nil && n == 0 { // a code that another device shows: nearly never
			refusal = problem.New(problem.Unavailable, "This did not work. Try again.")
		}
		return err
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return Device{}, err
	}
	return out, nil
}

// mayWait counts the try. A refusal is kept apart, so that the count stays.
func (c *Clients) mayWait(tx *db.Tx, client string, from Source) (refusal, err error) {
	ok, err := c.allow(tx, tryDeviceClient, client, devicesByClient)
	if err == nil && ok {
		ok, err = c.allow(tx, tryDeviceSource, from.key, devicesBySource)
	}
	if err != nil || !ok {
		return tooMany(), err
	}
	var waiting int64
	_, err = tx.One("SELECT count(*) FROM client_device WHERE expires > $1", []any{c.now().Unix()}, func(r *db.Row) error { waiting = r.Int64(0); return nil })
	if err == nil && waiting >= maxDevices {
		refusal = problem.New(problem.TooMany, "As many devices as may are waiting for somebody. Try again in ten minutes.").Because("devices-too-many")
	}
	return refusal, err
}

// typedCode is a code that people type: 34 bits, each letter as likely as every
// other.
func typedCode() string {
	var b strings.Builder
	for b.Len() < typedSize+1 {
		if b.Len() == typedSize/2 {
			b.WriteByte('-')
		}
		var one [1]byte
		_, _ = rand.Read(one[:])
		if n := int(one[0]); n < 256/len(typedLetters)*len(typedLetters) {
			b.WriteByte(typedLetters[n%len(typedLetters)])
		}
	}
	return b.String()
}

// typedHash is a keyed hash of what somebody typed, in whatever letters and
// with whatever between them: without the key the table does not give the codes
// away, which are short.
func (c *Clients) typedHash(typed string) int64 {
	letters := strings.Map(func(r rune) rune {
		if strings.ContainsRune(typedLetters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	return int64(c.typed.SumString(letters))
}

// Typed finds the device whose code somebody typed, and gives the id of the
// request that they decide about. A code is good for one request: whoever comes
// second with it does not get on. back is where the browser goes when it is
// decided. Codes are short, so a source has few tries.
func (c *Clients) Typed(ctx context.Context, from Source, typed, back string) (id string, err error) {
	if len(typed) > 100 {
		typed = ""
	}
	id = fresh(20)
	var refusal error
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		refusal = nil
		if ok, err := c.allow(tx, tryCodeSource, from.key, codesBySource); err != nil || !ok {
			refusal = tooMany()
			return err
		}
		now := whole(c.now())
		a := Ask{Redirect: back, MaxAge: -1, Created: now}
		var expires int64
		found, err := tx.One("SELECT hash, client, scopes, expires FROM client_device WHERE typed = $1", []any{c.typedHash(typed)}, func(r *db.Row) error {
			a.Device, a.Client, a.Scopes, expires = text.EncodeToString(r.Bytes(0)), r.Text(1), r.Text(2), r.Int64(3)
			return nil
		})
		if err != nil {
			return err
		}
		n := int64(0)
		if found {
			if n, err = c.moveDevice(tx, a.Device, deviceWaits, deviceSeen); err != nil {
				return err
			}
		}
		if n == 0 {
			refusal = problem.New(problem.Invalid, "This code is not one that a device shows now. Look at the device again, or start again there to get a new code.").Because("device-code-no")
			return nil
		}
		data, err := json.Marshal(a)
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		_, err = tx.Exec("INSERT INTO client_ask (id, client, data, pushed, expires) VALUES ($1, $2, $3, 0, $4)", id, a.Client, string(data), expires)
		return err
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return "", err
	}
	return id, nil
}

// moveDevice moves a device on, from where it has to stand. Of several that do,
// on any nodes, one succeeds.
func (c *Clients) moveDevice(tx *db.Tx, device string, from, to int64) (int64, error) {
	hash, err := text.DecodeString(device)
	if err != nil {
		return 0, overAsk()
	}
	return tx.Exec("UPDATE client_device SET state = $3 WHERE hash = $1 AND state = $2 AND expires > $4", hash, from, to, c.now().Unix())
}

// DeviceName is the name of the app whose device a request is for, for the page
// that asks whether the device is the person's own.
func (c *Clients) DeviceName(ctx context.Context, id string) (string, error) {
	var a Ask
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		a, err = askIn(tx, id)
		return err
	})
	if err == nil && (a.Device == "" || !c.now().Before(a.Expires)) {
		err = overAsk()
	}
	if err != nil {
		return "", err
	}
	cl, found, err := c.Get(ctx, a.Client)
	if err == nil && (!found || !cl.Revoked.IsZero()) {
		err = overAsk()
	}
	return cl.Name, err
}

// approveDevice lets the device have what the person allowed, and gives where
// the browser goes on to.
func (c *Clients) approveDevice(tx *db.Tx, a Ask, grant string, said Code) (location string, err error) {
	data, err := json.Marshal(said)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	n, err := c.moveDevice(tx, a.Device, deviceSeen, deviceAllowed)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", overAsk()
	}
	hash, _ := text.DecodeString(a.Device) // it was read a moment ago
	_, err = tx.Exec("UPDATE client_device SET grant_id = $2, data = $3 WHERE hash = $1", hash, grant, string(data))
	return a.Redirect + "?" + url.Values{"answer": {"yes"}}.Encode(), err
}

// Poll is a device that asks whether somebody decided. One that may have tokens
// gets the permission once; a code that comes again after that shows that
// somebody else has it, and all that it gave ends.
func (c *Clients) Poll(ctx context.Context, code string, r Redeeming) (g Grant, said Code, err error) {
	raw, err := text.DecodeString(code)
	if err != nil || len(raw) != secretSize {
		return g, said, c.orGone(c.Spend(ctx, r.Spend...))
	}
	hash := sha256.Sum256(raw)
	var refusal error
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		refusal = nil
		if err := spendIn(tx, r.Spend); err != nil {
			return err
		}
		d, err := c.polled(tx, hash, r.Client)
		if err != nil {
			return err
		}
		g, said = Grant{}, d.said
		if refusal, err = c.notYet(tx, hash, d); err != nil || refusal != nil {
			return err
		}
		n, err := c.moveDevice(tx, text.EncodeToString(hash[:]), deviceAllowed, deviceUsed)
		if err != nil {
			return err
		}
		if n == 0 || !r.Fits(said) {
			refusal = ErrGone
			return nil
		}
		g, refusal, err = c.goodGrant(tx, d.grant)
		return err
	})
	if errors.Is(refusal, ErrGone) {
		c.cache.DropAll()
	}
	if err == nil {
		err = refusal
	}
	return g, said, err
}

// waiting is a device as it stands.
type waiting struct {
	found         bool
	state         int64
	grant         string
	said          Code
	polled, every int64
	expires       time.Time
}

func (c *Clients) polled(tx *db.Tx, hash [sha256.Size]byte, client string) (d waiting, err error) {
	d.found, err = tx.One("SELECT state, grant_id, data, polled, every, expires FROM client_device WHERE hash = $1 AND client = $2", []any{hash[:], client}, func(r *db.Row) error {
		d.state, d.grant, d.polled, d.every, d.expires = r.Int64(0), r.Text(1), r.Int64(3), r.Int64(4), moment(r.Int64(5))
		if r.Text(2) == "" {
			return nil
		}
		return json.Unmarshal([]byte(r.Text(2)), &d.said)
	})
	return d, err
}

// notYet is why a device gets nothing now, if anything. One that asks too often
// has to wait longer from then on (RFC 8628 section 3.5).
func (c *Clients) notYet(tx *db.Tx, hash [sha256.Size]byte, d waiting) (refusal, err error) {
	now := c.now()
	switch {
	case !d.found:
		return ErrGone, nil
	case d.state == deviceUsed:
		return ErrGone, c.endGrant(tx, d.grant)
	case !now.Before(d.expires):
		return ErrExpired, nil
	case d.state == deviceDeclined:
		return ErrDeclined, nil
	}
	if slow := d.polled != 0 && now.Unix() < d.polled+d.every; slow {
		_, err = tx.Exec("UPDATE client_device SET polled = $2, every = every + 5 WHERE hash = $1", hash[:], now.Unix())
		return ErrSlow, err
	}
	if d.state == deviceAllowed {
		return nil, nil
	}
	_, err = tx.Exec("UPDATE client_device SET polled = $2 WHERE hash = $1", hash[:], now.Unix())
	return ErrPending, err
}
