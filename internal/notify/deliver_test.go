package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

// A node dies after the server took the message and before that is written
// down: it is sent again under the same id, and no third time.
func TestAKillBetweenSendingAndWritingDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o, b := outbox(t, d, c), mailServer(t, true, false)
		if err := put(t, o, Message{Medium: Email, Address: "ann@example.org", Kind: RecoveryUsed, At: c.at}); err != nil {
			t.Fatal(err)
		}
		r := relay(t, b, "", "")
		ctx, kill := context.WithCancel(t.Context())
		dying := sendFunc(func(ctx context.Context, m Message) error {
			if err := r.Send(ctx, m); err != nil {
				return err
			}
			kill()
			return ctx.Err() // nothing of this node comes after
		})
		if n, err := o.Deliver(ctx, dying); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := o.Deliver(t.Context(), r); n != 0 || err != nil {
			t.Error("another node sent it while it was leased", n, err)
		}
		c.at = c.at.Add(lease)
		for want := 1; want >= 0; want-- {
			if n, err := o.Deliver(t.Context(), r); n != want || err != nil {
				t.Errorf("%d were sent, want %d; %v", n, want, err)
			}
		}
		got := b.letters()
		if len(got) != 2 || messageID(t, got[0]) == "" || messageID(t, got[0]) != messageID(t, got[1]) {
			t.Errorf("%d letters", len(got))
		}
	})
}

// The server is told to stop after the message was taken: that is still
// written down.
func TestAStopAfterSendingIsWrittenDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o, sent := outbox(t, d, c), 0
		if err := put(t, o, Message{Medium: Email, Address: "ann@example.org", Kind: RecoveryUsed, At: c.at}); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		if n, err := o.Deliver(ctx, sendFunc(func(context.Context, Message) error { sent++; stop(); return nil })); n != 1 || err != nil {
			t.Error(n, err)
		}
		c.at = c.at.Add(lease)
		deliver(t, o, &post{}, 0)
		if sent != 1 {
			t.Errorf("sent %d times", sent)
		}
	})
}

// Many nodes on one store send each message once.
func TestManyNodesSendEachMessageOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		ring, err := seal.Create(t.TempDir() + "/keys.json")
		if err != nil {
			t.Fatal(err)
		}
		const nodes, messages = 8, 60
		var all []*Outbox
		for range nodes {
			o, err := Open(t.Context(), d, ring, c.now)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, o)
		}
		for i := range messages {
			if err := put(t, all[i%nodes], Message{Medium: Email, Address: fmt.Sprintf("ann%d@example.org", i), Kind: RecoveryUsed, At: c.at}); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		var working sync.WaitGroup
		seen := map[string]int{}
		for _, o := range all {
			working.Go(func() {
				_, err := o.Deliver(t.Context(), sendFunc(func(_ context.Context, m Message) error {
					mu.Lock()
					defer mu.Unlock()
					seen[m.Address]++
					return nil
				}))
				if err != nil {
					t.Error(err)
				}
			})
		}
		working.Wait()
		if len(seen) != messages {
			t.Errorf("%d messages were sent", len(seen))
		}
		for to, n := range seen {
			if n != 1 {
				t.Errorf("%s was told %d times", to, n)
			}
		}
	})
}

func TestMessagesEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o, p := outbox(t, d, c), &post{}
		var log strings.Builder
		o.LogTo(slog.New(slog.NewTextHandler(&log, nil)))
		code := Message{Medium: Email, Address: "ann@example.org", Kind: ConfirmAddress, Code: "424242", At: c.at}
		if err := errors.Join(put(t, o, code), put(t, o, Message{Medium: Phone, Address: "+447700900123", Kind: PasskeyAdded, At: c.at})); err != nil {
			t.Fatal(err)
		}
		if n, err := o.Deliver(t.Context(), Ways{}); n != 0 || err != nil {
			t.Error("sent where there is no way", n, err)
		}
		c.at = c.at.Add(keepCode)
		if n, err := o.Sweep(t.Context()); n != 1 || err != nil {
			t.Error(n, err)
		}
		deliver(t, o, p, 1) // the news; an old code would only confuse
		if err := put(t, o, Message{Medium: Phone, Address: "+447700900123", Kind: PasskeyAdded, At: c.at}); err != nil {
			t.Fatal(err)
		}
		deliver(t, o, &post{fail: 1}, 0)
		c.at = c.at.Add(keepNews)
		deliver(t, o, p, 0)
		if n, err := o.Sweep(t.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
		// One that can never be sent is not tried again.
		if err := put(t, o, Message{Medium: Phone, Address: "+447700900123", Kind: PasskeyAdded, At: c.at}); err != nil {
			t.Fatal(err)
		}
		if n, err := o.Deliver(t.Context(), sendFunc(func(context.Context, Message) error { return Refused(errors.New("nobody has it")) })); n != 0 || err != nil {
			t.Error(n, err)
		}
		if n, err := o.Sweep(t.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
		if s := log.String(); strings.Contains(s, "ann@") || strings.Contains(s, "7700900") || strings.Contains(s, "424242") || !strings.Contains(s, "given up") {
			t.Error(s)
		}
	})
}

// So many codes that nobody could send them are refused; news is not.
func TestTheOutboxIsBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Unix(1_700_000_000, 0).UTC()}
		o := outbox(t, d, c)
		o.full.Store(true)
		if put(t, o, Message{Medium: Email, Address: "ann@example.org", Kind: ConfirmAddress, Code: "424242", At: c.at}) == nil {
			t.Error("a code was taken")
		}
		if err := put(t, o, Message{Medium: Email, Address: "ann@example.org", Kind: RecoveryUsed, At: c.at}); err != nil {
			t.Error(err)
		}
		if n, err := o.Sweep(t.Context()); n != 1 || err != nil || o.full.Load() {
			t.Error(n, err)
		}
	})
}

type sendFunc func(context.Context, Message) error

// Send calls the function.
func (f sendFunc) Send(ctx context.Context, m Message) error { return f(ctx, m) }

func messageID(t *testing.T, l letter) string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(l.body))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header.Get("Message-Id")
}
