package account

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
)

// Distinctive secrets go through every flow; none may be in an error, a log or
// the text of a value.
func TestSecretsAreInNoErrorAndNoLog(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		var log strings.Builder
		out := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		var secrets []string
		see := func(values ...any) {
			for _, v := range values {
				out.Info("seen", "value", v)
				fmt.Fprintf(&log, "%v %+v %#v %s\n", v, v, v, v)
				if err, ok := v.(error); ok {
					for ; err != nil; err = errors.Unwrap(err) {
						fmt.Fprintf(&log, "%v %+v\n", err, err)
					}
				}
			}
		}
		ann, secret, d := s.create("Ann")
		secrets = append(secrets, secret, secret[len(sessionPrefix):])
		codes, err := s.NewRecoveryCodes(ctx, ann)
		s.ok(err)
		tc, err := s.BeginTimeCode(ctx, ann)
		s.ok(err)
		secrets = append(append(secrets, codes...), tc.Secret)
		see(ann, s.FinishTimeCode(ctx, ann, tc.ID, "424242"))
		for _, spoil := range []string{"wrong origin", "another key", "uv=0", "challenge of another ceremony", "sign-count gone"} {
			c, err := s.BeginSignIn(ctx, s.somewhere())
			s.ok(err)
			o := *d
			o.cred.Counter += 50
			s.mustSignIn(&o)
			answer := spoiled[spoil](t, s, c, &o, d)
			_, _, err = s.FinishSignIn(ctx, c.ID, answer, "")
			see(err)
			d.cred.Counter = o.cred.Counter + 60
			secrets = append(secrets, challenge(t, c), string(answer))
		}
		_, err = s.Session(ctx, secret+"x")
		see(err)
		_, _, err = s.Recover(ctx, home, codes[1]+"-", "")
		s.ok(err)
		_, _, err = s.Recover(ctx, home, codes[1], "")
		see(err)
		_, _, err = s.SignInWithCode(ctx, home, notify.Email, "ann@example.org", "424242", "")
		see(err)
		secrets = append(secrets, "424242", "ann@example.org")
		for _, x := range secrets {
			if strings.Contains(log.String(), x) {
				t.Errorf("%q is shown", x)
			}
		}
		if len(secrets) < 20 || !strings.Contains(log.String(), "unauthorized") {
			t.Error("nothing was looked at")
		}
	})
}

func challenge(t *testing.T, c Ceremony) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(c.Options), `"challenge":"`)
	if !ok {
		t.Fatal("no challenge")
	}
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// tables are all tables of the room, with the columns that hold text or bytes.
var tables = map[string]string{
	"account": "id handle key name record", "account_channel": "id account medium sealed", "passkey": "id account public name aaguid format transports",
	"passkey_ceremony": "id account session data", "recovery_code": "hash account", "time_code": "account secret", "session": "hash id account passkey device",
	"setup": "account", "notice": "id sealed",
}

// dump is all that stands in the tables.
func dump(t *testing.T, s *site) string {
	t.Helper()
	var b strings.Builder
	for table, columns := range tables {
		names := strings.Fields(columns)
		err := s.db.Query(t.Context(), "SELECT "+strings.Join(names, ", ")+" FROM "+table, nil, func(r *db.Row) error {
			for i := range names {
				b.Write(r.Bytes(i))
				b.WriteByte(0)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestTheTablesHoldNoSecret(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, secret, _ := s.create("Annabel Distinctive")
		s.channel(ann, notify.Email, "ann@example.org")
		codes, err := s.NewRecoveryCodes(t.Context(), ann)
		s.ok(err)
		key := s.timeCode(ann)
		raw, _ := text.DecodeString(secret[len(sessionPrefix):])
		all := dump(t, s)
		plain, _ := readRecoveryCode(codes[0])
		for name, x := range map[string]string{
			"a session's secret": secret[len(sessionPrefix):], "its bytes": string(raw), "a recovery code": codes[0], "its letters": plain,
			"a time code's secret": string(key), "an address": "ann@example.org", "half of it": "ann@", "a name": "Distinctive", "a passkey's name": "telephone",
		} {
			if strings.Contains(all, x) {
				t.Errorf("the tables hold %s", name)
			}
		}
	})
}
