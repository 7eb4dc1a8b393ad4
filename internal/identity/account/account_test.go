package account

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// uniques are the columns by which a row of a table of this room is found
// alone, as the database itself says.
func uniques(t *testing.T, d *db.DB, table string) (all []string) {
	t.Helper()
	sql := d.Dialect().Pick(
		`SELECT i.name, c.name FROM pragma_index_list('`+table+`') i, pragma_index_info(i.name) c WHERE i."unique" = 1`,
		`SELECT i.indexrelid::regclass::text, a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
			WHERE i.indrelid = '`+table+`'::regclass AND i.indisunique`)
	err := d.Query(t.Context(), sql, nil, func(r *db.Row) error { all = append(all, r.Text(1)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// columns are the names of the columns of a table.
func columns(t *testing.T, d *db.DB, table string) (all []string) {
	t.Helper()
	sql := d.Dialect().Pick(`SELECT name FROM pragma_table_info('`+table+`')`,
		`SELECT attname::text FROM pg_attribute WHERE attrelid = '`+table+`'::regclass AND attnum > 0 AND NOT attisdropped`)
	err := d.Query(t.Context(), sql, nil, func(r *db.Row) error { all = append(all, r.Text(0)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// An account is keyed by its random id and by nothing else: two may have one
// address, and no column could hold a number of the health service.
func TestAnAccountIsKeyedByItsIdAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		for table, want := range map[string]string{"account": "id", "account_channel": "id"} {
			if got := strings.Join(uniques(t, d, table), " "); got != want {
				t.Errorf("a row of %s is found by %q, want %q", table, got, want)
			}
		}
		want := "id state staff handle key name proof best held record recovered waits made"
		if got := strings.Join(columns(t, d, "account"), " "); got != want {
			t.Errorf("an account has %q. A new column that names a person must not be a key", got)
		}
	})
}

func TestThereAreNoPasswords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open(t, d)
		sql := d.Dialect().Pick("SELECT name FROM sqlite_schema WHERE type = 'table'", "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace")
		var all []string
		if err := d.Query(t.Context(), sql, nil, func(r *db.Row) error { all = append(all, r.Text(0)); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(all) < len(tables) {
			t.Fatalf("only %v were found", all)
		}
		for _, table := range all {
			for _, c := range append(columns(t, d, table), table) {
				for _, word := range []string{"password", "passwd", "passphrase", "pwd", "pin"} {
					if strings.Contains(strings.ToLower(c), word) {
						t.Errorf("%s.%s", table, c)
					}
				}
			}
		}
	})
}

func TestAClosedAccountIsEmpty(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		ann, secret, d := s.create("Ann")
		bob, _, theirs := s.create("Bob")
		s.channel(ann, notify.Email, "ann@example.org")
		codes, err := s.NewRecoveryCodes(ctx, ann)
		s.ok(err)
		s.timeCode(ann)
		s.mail()
		s.ok(s.Close(ctx, s.stepUp(ann)))
		s.told(notify.AccountClosed, "ann@example.org")
		_, err = s.Session(ctx, secret)
		refused(t, "its session", err, problem.Unauthorized)
		_, _, err = s.signIn(d)
		refused(t, "its passkey", err, problem.Unauthorized)
		_, _, err = s.Recover(ctx, home, codes[0], "")
		refused(t, "its recovery code", err, problem.Unauthorized)
		acc, err := s.Get(ctx, ann.Account)
		s.ok(err)
		if acc.State != Closed || acc.Name != "" || acc.Record != "" {
			t.Errorf("what is left is %+v", acc)
		}
		for _, table := range []string{"account_channel", "passkey", "recovery_code", "time_code", "session"} {
			var n int64
			s.ok(s.db.Query(ctx, "SELECT count(*) FROM "+table+" WHERE account = $1", []any{ann.Account}, func(r *db.Row) error { n = r.Int64(0); return nil }))
			if n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		keys, err := s.Passkeys(ctx, ann.Account)
		if err != nil || len(keys) != 0 {
			t.Errorf("%d passkeys, %v", len(keys), err)
		}
		refused(t, "it is suspended", s.Suspend(ctx, ann.Account), problem.NotFound)
		s.mustSignIn(theirs)
		refused(t, "somebody closes an account long after signing in", func() error {
			s.clock.move(s.fresh())
			return s.Close(ctx, bob)
		}(), problem.Forbidden)
	})
}

func TestASuspendedAccountLetsNobodyIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, d := s.create("Ann")
		s.channel(ann, notify.Email, "ann@example.org")
		codes, err := s.NewRecoveryCodes(t.Context(), ann)
		s.ok(err)
		app := s.timeCode(ann)
		s.ok(s.Suspend(t.Context(), ann.Account))
		_, _, err = s.signIn(d)
		refused(t, "a passkey", err, problem.Forbidden) // whoever signs with it may know
		_, _, err = s.Recover(t.Context(), home, codes[0], "")
		refused(t, "a recovery code", err, problem.Unauthorized)
		_, err = s.withCode(home, "ann@example.org", code(app, s.clock.now()))
		refused(t, "a code", err, problem.Unauthorized)
		s.ok(s.Restore(t.Context(), ann.Account))
		s.mustSignIn(d)
		_, _, err = s.Recover(t.Context(), home, codes[0], "") // it was not used up
		s.ok(err)
	})
}

func TestKeysAreWrappedAnewAfterARotation(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var ids []string
		for range 5 {
			ann, _, _ := s.create("Ann")
			s.channel(ann, notify.Email, "ann@example.org")
			ids = append(ids, ann.Account)
		}
		before := dump(t, s)
		s.ok(s.ring.Rotate())
		after, pages := "", 0
		for {
			var err error
			if after, err = s.Rewrap(t.Context(), after, 2); err != nil {
				t.Fatal(err)
			}
			if after == "" {
				break
			}
			pages++
		}
		if pages != 3 || dump(t, s) == before {
			t.Errorf("%d pages", pages)
		}
		for _, id := range ids {
			acc, err := s.Get(t.Context(), id)
			s.ok(err)
			list, err := s.Channels(t.Context(), id)
			s.ok(err)
			if acc.Name != "Ann" || len(list) != 1 || list[0].Address != "ann@example.org" {
				t.Error("what was sealed is lost")
			}
		}
	})
}

func TestASiteThatIsNotRightForPasskeysIsRefused(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	for name, change := range map[string]func(*Config){
		"no domain":            func(c *Config) { c.RPID = "" },
		"no name":              func(c *Config) { c.Name = "" },
		"no origin":            func(c *Config) { c.Origins = nil },
		"another site":         func(c *Config) { c.Origins = append(c.Origins, "https://evil.test") },
		"a name that ends so":  func(c *Config) { c.Origins = []string{"https://evilexample.org"} },
		"no https":             func(c *Config) { c.Origins = []string{"http://example.org"} },
		"a path":               func(c *Config) { c.Origins = []string{"https://example.org/"} },
		"a user":               func(c *Config) { c.Origins = []string{"https://a@example.org"} },
		"no scheme":            func(c *Config) { c.Origins = []string{"example.org"} },
		"a domain that's none": func(c *Config) { c.RPID, c.Origins = "https://example.org", []string{"https://example.org"} },
	} {
		c := testConfig(s.clock)
		change(&c)
		_, err := Open(t.Context(), s.db, s.ring, s.out, c)
		refused(t, name, err, problem.Invalid)
	}
	for _, o := range []string{"https://example.org", "https://a.b.example.org:8443"} {
		c := testConfig(s.clock)
		c.Origins = []string{o}
		if _, err := Open(t.Context(), s.db, s.ring, s.out, c); err != nil {
			t.Errorf("%s: %v", o, err)
		}
	}
	c := testConfig(s.clock)
	c.RPID, c.Origins = "localhost", []string{"http://localhost:8080"}
	if _, err := Open(t.Context(), s.db, s.ring, s.out, c); err != nil {
		t.Error(err)
	}
}
