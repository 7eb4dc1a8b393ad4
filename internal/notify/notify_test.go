package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

// post is a sender that keeps what it gets and fails as often as it is told.
type post struct {
	got  []Message
	fail int
	tell func()
}

func (p *post) Send(_ context.Context, m Message) error {
	if p.tell != nil {
		p.tell()
	}
	if p.fail > 0 {
		p.fail--
		return errors.New("no answer")
	}
	p.got = append(p.got, m)
	return nil
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func outbox(t *testing.T, d *db.DB, c *clock) *Outbox {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := Open(t.Context(), d, ring, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func put(t *testing.T, o *Outbox, m Message) error {
	t.Helper()
	return o.db.Write(t.Context(), func(tx *db.Tx) error { return o.Put(tx, m) })
}

func deliver(t *testing.T, o *Outbox, p *post, want int) {
	t.Helper()
	if n, err := o.Deliver(t.Context(), p); err != nil || n != want {
		t.Errorf("%d messages were sent, want %d; %v", n, want, err)
	}
}

func TestAMessageIsSentOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o, p := outbox(t, d, c), &post{}
		m := Message{Medium: Email, Address: "ann@example.org", Kind: ConfirmAddress, Code: "123456", At: c.at}
		if err := put(t, o, m); err != nil {
			t.Fatal(err)
		}
		p.tell = func() { // another node looks while this one sends
			p.tell = nil
			deliver(t, o, p, 0)
		}
		deliver(t, o, p, 1)
		deliver(t, o, p, 0)
		if len(p.got) != 1 || p.got[0].ID == "" {
			t.Fatalf("sent: %d messages", len(p.got))
		}
		m.ID = p.got[0].ID
		if p.got[0] != m {
			t.Errorf("sent: %d messages", len(p.got))
		}
	})
}

func TestAMessageOfAChangeThatWasUndoneIsNotSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o := outbox(t, d, c)
		undone := errors.New("undone")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return errors.Join(o.Put(tx, Message{Medium: Phone, Address: "+447700900123", Kind: PasskeyAdded, Code: "", At: c.at}), undone)
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		deliver(t, o, &post{}, 0)
	})
}

func TestAMessageIsTriedAgainAndThenGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o, p := outbox(t, d, c), &post{fail: 3}
		if err := put(t, o, Message{Medium: Phone, Address: "+447700900123", Kind: RecoveryUsed, Code: "", At: c.at}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			deliver(t, o, p, 0)
			left := p.fail
			deliver(t, o, p, 0)
			if p.fail != left {
				t.Error("it was tried again at once")
			}
			c.at = c.at.Add(longest)
		}
		deliver(t, o, p, 1)

		p.fail = 1000
		if err := put(t, o, Message{Medium: Phone, Address: "+447700900123", Kind: RecoveryUsed, Code: "", At: c.at}); err != nil {
			t.Fatal(err)
		}
		for try := range int64(2 * attempts) {
			deliver(t, o, p, 0)
			c.at = c.at.Add(pause(try))
		}
		if tried := 1000 - p.fail; tried != attempts {
			t.Errorf("it was tried %d times", tried)
		}
	})
}

func TestWhatCanNotBeSaidIsNotTaken(t *testing.T) {
	c := &clock{time.Unix(1_700_000_000, 0).UTC()}
	o := outbox(t, dbtest.SQLite(t), c)
	for name, m := range map[string]Message{
		"no kind":            {Medium: Email, Address: "ann@example.org", Kind: 0, Code: "", At: c.at},
		"unknown kind":       {Medium: Email, Address: "ann@example.org", Kind: kinds, Code: "", At: c.at},
		"unknown medium":     {Medium: "pigeon", Address: "ann@example.org", Kind: PasskeyAdded, Code: "", At: c.at},
		"nobody":             {Medium: Email, Address: "", Kind: PasskeyAdded, Code: "", At: c.at},
		"a text in the code": {Medium: Email, Address: "ann@example.org", Kind: PasskeyAdded, Code: "your result is", At: c.at},
		"no code":            {Medium: Email, Address: "ann@example.org", Kind: ConfirmAddress, Code: "", At: c.at},
	} {
		if put(t, o, m) == nil {
			t.Errorf("%s: taken", name)
		}
	}
	deliver(t, o, &post{}, 0)
}

func TestAddressAndCodeAreShownNowhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o := outbox(t, d, c)
		m := Message{Medium: Email, Address: "ann@example.org", Kind: ConfirmAddress, Code: "424242", At: c.at}
		if err := put(t, o, m); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("sending", "message", m)
		seen := log.String() + fmt.Sprintf("%v %+v %#v %s", m, m, m, m)
		err := d.Query(t.Context(), "SELECT id, sealed FROM notice", nil, func(r *db.Row) error {
			seen += r.Text(0) + r.Text(1)
			return nil
		})
		if err != nil || strings.Contains(seen, "ann@") || strings.Contains(seen, "424242") {
			t.Errorf("%s, %v", seen, err)
		}
	})
}

func TestEveryKindHasWords(t *testing.T) {
	seen := map[string]bool{}
	for k := Kind(1); k < kinds; k++ {
		if k.String() == "" || k.Sentence() == "" || k.Subject() == "" || seen[k.String()] || seen[k.Sentence()] {
			t.Errorf("kind %d has no words of its own", k)
		}
		seen[k.String()], seen[k.Sentence()] = true, true
	}
}
