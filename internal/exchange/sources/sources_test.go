package sources

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// clocked is a register with a clock that a test moves.
type clocked struct {
	*Sources
	t  *testing.T
	at time.Time
}

func opened(t *testing.T, d *db.DB) *clocked {
	t.Helper()
	c := &clocked{t: t, at: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)}
	var err error
	if c.Sources, err = Open(t.Context(), d, func() time.Time { return c.at }); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *clocked) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// late are the ids of what is late.
func (c *clocked) late(want string) {
	c.t.Helper()
	all, err := c.Late(c.t.Context())
	c.must(err)
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	if got := strings.Join(ids, " "); got != want {
		c.t.Errorf("late are %q, not %q", got, want)
	}
}

// A source is late when it was silent for longer than is expected, when sending
// failed since, and while an operator says so; never heard of is late as well.
func TestASourceThatFallsSilentIsLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, ctx := opened(t, d), t.Context()
		c.must(c.Add(ctx, "account:olu", Source{ID: "lab", Name: "Valley Lab", URI: "https://lab.example", Client: "labs", Every: 24 * time.Hour}))
		c.must(c.Add(ctx, "account:olu", Source{ID: "gp", Name: "Hill Surgery", URI: "urn:oid:1.2.3"}))
		c.late("lab") // when it was heard of is not known
		c.Saw("labs")
		c.Saw("another")
		c.Saw("")
		c.late("lab")
		c.must(c.Keep(ctx))
		c.must(c.Keep(ctx))
		c.late("")
		c.at = c.at.Add(24 * time.Hour)
		c.late("")
		c.at = c.at.Add(time.Second)
		c.late("lab")
		c.must(c.Heard(ctx, "lab"))
		c.late("")
		c.at = c.at.Add(time.Minute)
		c.must(c.FailedNow(ctx, "lab"))
		c.must(c.FailedNow(ctx, "gp"))
		c.late("gp lab")
		c.at = c.at.Add(time.Minute)
		c.must(c.Heard(ctx, "lab"))
		c.late("gp")
		c.must(c.Heard(ctx, "gp"))
		c.late("")
		c.must(c.SetDown(ctx, "account:bea", "gp", true))
		since := c.at
		c.at = c.at.Add(time.Hour)
		c.must(c.SetDown(ctx, "account:bea", "gp", true)) // twice is once
		c.must(c.Heard(ctx, "gp"))
		c.late("gp") // what it sends by chance says nothing against the operator
		one, err := c.One(ctx, "gp")
		if err != nil || !one.Down.Equal(since) || one.By != "account:bea" || one.Name != "Hill Surgery" {
			t.Errorf("%+v, %v", one, err)
		}
		c.must(c.SetDown(ctx, "account:bea", "gp", false))
		c.late("")
		c.must(c.Remove(ctx, "gp"))
		all, err := c.All(ctx)
		if err != nil || len(all) != 1 || all[0].ID != "lab" || all[0].Client != "labs" || all[0].Every != 24*time.Hour {
			t.Errorf("%+v, %v", all, err)
		}
		for _, err := range []error{c.Remove(ctx, "gp"), c.Heard(ctx, "gp"), c.FailedNow(ctx, "gp"), c.SetDown(ctx, "x", "gp", true)} {
			if problem.ReasonOf(err) != "source-none" {
				t.Errorf("of one that is not there: %v", err)
			}
		}
		if _, err := c.One(ctx, "gp"); problem.ReasonOf(err) != "source-none" {
			t.Error(err)
		}
	})
}

func TestWhatASourceCanNotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, ctx := opened(t, d), t.Context()
		good := Source{ID: "lab", Name: "Valley Lab", URI: "https://lab.example"}
		c.must(c.Add(ctx, "x", good))
		for want, spoil := range map[string]func(*Source){
			"source-id":     func(s *Source) { s.ID = "Lab 1" },
			"source-name":   func(s *Source) { s.Name = " " },
			"source-uri":    func(s *Source) { s.URI = "https://lab.example#7" },
			"source-every":  func(s *Source) { s.Every = 367 * 24 * time.Hour },
			"source-client": func(s *Source) { s.Client = strings.Repeat("x", 201) },
			"source-taken":  func(s *Source) { s.Name = "Another" },
		} {
			bad := good
			spoil(&bad)
			if err := c.Add(ctx, "x", bad); problem.ReasonOf(err) != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		for _, uri := range []string{"", "lab", "https://a.example/,https://b.example", "https://a.example/|b", "https://u:p@a.example", "https://a.example?token=x", "https://a.example/ b", strings.Repeat("urn:", 100), "%"} {
			if addressed(uri) {
				t.Errorf("%q is an address", uri)
			}
		}
		for i := range most - 1 {
			id := "n" + string(rune('a'+i/26)) + string(rune('a'+i%26))
			c.must(c.Add(ctx, "x", Source{ID: id, Name: id, URI: "urn:x:" + id}))
		}
		if err := c.Add(ctx, "x", Source{ID: "one-more", Name: "x", URI: "urn:x:one-more"}); problem.ReasonOf(err) != "source-most" {
			t.Error(err)
		}
	})
}

// What could not be written down is not forgotten.
func TestWhatWasHeardIsNotLost(t *testing.T) {
	c := opened(t, dbtest.SQLite(t))
	c.must(c.Add(t.Context(), "x", Source{ID: "lab", Name: "Valley Lab", URI: "https://lab.example", Client: "labs", Every: time.Hour}))
	c.Saw("labs")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := c.Keep(ctx); err == nil {
		t.Fatal("it was written with a context that is over")
	}
	c.must(c.Keep(t.Context()))
	c.late("")
}
