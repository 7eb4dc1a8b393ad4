package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
	"pgregory.net/rapid"
)

// tokens is the plain twin of a bucket: a jar for each caller, which fills with
// time and from which each request takes one.
type tokens struct {
	rate Rate
	jars map[string]int64 // microseconds' worth
	last time.Time
}

func (b *tokens) take(key string, at time.Time) bool {
	full := b.rate.interval() * int64(max(b.rate.Burst, 1))
	for k := range b.jars {
		b.jars[k] = min(full, b.jars[k]+at.Sub(b.last).Microseconds())
	}
	b.last = at
	if _, ok := b.jars[key]; !ok {
		b.jars[key] = full
	}
	if b.jars[key] < b.rate.interval() {
		return false
	}
	b.jars[key] -= b.rate.interval()
	return true
}

func (b *tokens) give(key string) { b.jars[key] += b.rate.interval() }

func TestABucketAgreesWithAPlainTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate{Each: rapid.IntRange(1, 2000).Draw(t, "each"), Burst: rapid.IntRange(0, 20).Draw(t, "burst")}
		at := time.Unix(1_700_000_000, 0)
		b, twin := newBucket(r), &tokens{r, map[string]int64{}, at}
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			at = at.Add(time.Duration(rapid.Int64Range(0, 3*r.interval()).Draw(t, "later")) * time.Microsecond)
			key := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "who"))
			in, wait := b.take(key, at)
			ok := in[0] || in[1]
			if want := twin.take(key, at); ok != want {
				t.Fatalf("let in: %v, the twin says %v", ok, want)
			}
			if ok && rapid.Bool().Draw(t, "back") {
				b.give(key, in)
				twin.give(key)
			}
			if ok != (wait == 0) {
				t.Fatal("a wait for what was let in, or none for what was not")
			}
			if !ok { // as long as it says, and no shorter
				if in, _ := b.take(key, at.Add(wait-time.Microsecond)); in[0] || in[1] {
					t.Fatal("let in before it was said")
				}
				if in, _ := b.take(key, at.Add(wait)); !in[0] && !in[1] {
					t.Fatal("not let in when it was said")
				} else {
					b.give(key, in)
				}
			}
		}
	})
}

// bounded is a door that knows one secret, with a clock of the test's.
func bounded(t *testing.T, source, actor Rate) (send func(from, secret, claim string) *httptest.ResponseRecorder, move func(time.Duration)) {
	t.Helper()
	s, err := New(Config{SourceRate: source, ActorRate: actor, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_700_000_000, 0)
	s.rates.now = func() time.Time { return at }
	s.MountBounded("/door/", func(w http.ResponseWriter, r *http.Request) error {
		secret := r.Header.Get("Authorization")
		if secret == "" && r.Method == http.MethodPost {
			secret = r.Header.Get("X-Assertion")
			if err := Claims(w, func() string { return r.Header.Get("X-Claim") }); err != nil {
				return err
			}
		}
		who, right := strings.CutPrefix(secret, "right ")
		if !right {
			return problem.New(problem.Unauthorized, "")
		}
		if err := Known(w, who, r.Header.Get("X-Claim")); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}, nil)
	s.Mount("/open/", func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusNoContent); return nil }, nil)
	plant := s.Handler()
	return func(from, secret, claim string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/door/", nil)
		if claim != "" {
			r = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/door/", nil)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Claim", claim)
			r.Header.Set("X-Assertion", secret)
		} else if secret != "" {
			r.Header.Set("Authorization", secret)
		}
		r.RemoteAddr = from + ":1234"
		w := httptest.NewRecorder()
		plant.ServeHTTP(w, r)
		return w
	}, func(d time.Duration) { at = at.Add(d) }
}

// Guesses from one place end there. A secret that was right from there stays
// good, and every other place is as before.
func TestAFloodDoesNotLockOthersOut(t *testing.T) {
	send, move := bounded(t, Rate{Each: 1, Burst: 5}, Rate{Each: 10, Burst: 100})
	want := func(what string, w *httptest.ResponseRecorder, status int) {
		t.Helper()
		if w.Code != status {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	const here, there = "192.0.2.1", "192.0.2.2"
	want("a right secret", send(here, "right ann", ""), 204)
	want("a right client", send(here, "right client", "c1"), 204)
	for i := range 50 {
		w := send(here, fmt.Sprint("wrong ", i), "")
		status := 401
		if i >= 3 { // two each time, five in all
			status = 429
		}
		want("a guess", w, status)
		if status == 429 && w.Header().Get("Retry-After") != "1" {
			t.Errorf("Retry-After: %q", w.Header().Get("Retry-After"))
		}
		want("a guess at a client", send(here, "wrong", "c2"), map[bool]int{true: 429, false: 401}[i >= 2])
	}
	want("nothing at all", send(here, "", ""), 429)
	want("the right secret", send(here, "right ann", ""), 204)
	want("the right client", send(here, "right client", "c1"), 204)
	want("a wrong secret in the name of that client", send(here, "wrong", "c1"), 401)
	want("the right client, still", send(here, "right client", "c1"), 204)
	want("another place", send(there, "right bob", ""), 204)
	want("a guess from another place", send(there, "wrong", ""), 401)
	// A new secret from the flooded place waits for room, and no longer.
	want("a new one", send(here, "right carl", ""), 429)
	move(time.Second)
	want("a new one, a second later", send(here, "right carl", ""), 204)
	for range 90 {
		want("the same, as often as it is allowed", send(here, "right carl", ""), 204)
	}
}

// Who showed a right secret has a bound of their own, and what it costs is
// theirs alone.
func TestAnActorHasABoundOfItsOwn(t *testing.T) {
	send, move := bounded(t, Rate{Each: 1, Burst: 5}, Rate{Each: 2, Burst: 10})
	for i := range 12 {
		w := send("192.0.2.1", "right ann", "")
		if (w.Code == 204) != (i < 10) {
			t.Errorf("%d: %d", i, w.Code)
		}
	}
	if w := send("192.0.2.9", "right ann", ""); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Error("from elsewhere:", w.Code)
	}
	if w := send("192.0.2.1", "right bob", ""); w.Code != 204 {
		t.Error("somebody else there:", w.Code)
	}
	move(500 * time.Millisecond)
	if w := send("192.0.2.1", "right ann", ""); w.Code != 204 {
		t.Error("later:", w.Code)
	}
}

func TestNoBoundsUnlessTold(t *testing.T) {
	send, _ := bounded(t, Rate{}, Rate{})
	for range 100 {
		if a, b := send("192.0.2.1", "wrong", "").Code, send("192.0.2.1", "right ann", "").Code; a != 401 || b != 204 {
			t.Fatal(a, b)
		}
	}
}

// A secret that stops being right is no way around the bound.
func TestASecretThatIsWrongNowIsForgotten(t *testing.T) {
	p := newProven()
	at := time.Unix(1_700_000_000, 0)
	p.set("a", true, at)
	if !p.has("a", at) || p.has("b", at) || p.has("a", at.Add(provenFor)) {
		t.Error("what was right a while ago")
	}
	p.set("b", false, at)
	if !p.has("a", at) {
		t.Error("another one ended it")
	}
	p.set("a", false, at)
	if p.has("a", at) {
		t.Error("it stayed")
	}
}

// Memory is what it was at the start, however many callers there are; and many
// of them do not get in the way of one.
func TestManyCallersDoNotGetInTheWay(t *testing.T) {
	b, at := newBucket(Rate{Each: 1, Burst: 1}), time.Unix(1_700_000_000, 0)
	refused := 0
	for i := range 10_000 {
		if in, _ := b.take(fmt.Sprint(i), at); !in[0] && !in[1] {
			refused++
		}
	}
	if refused > 300 { // both slots taken: less than a hundred to be expected
		t.Errorf("%d of 10000 were refused", refused)
	}
	if len(b.tat[0]) != bucketSlots || len(b.tat[1]) != bucketSlots {
		t.Error("it grew")
	}
}

func TestARefusalSaysWhenToComeBack(t *testing.T) {
	send, _ := bounded(t, Rate{Each: 1, Burst: 1}, Rate{})
	send("192.0.2.1", "wrong", "")
	w := send("192.0.2.1", "wrong", "")
	var body struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 429 || !strings.Contains(body.Error, "try again") {
		t.Errorf("%d %s %v", w.Code, w.Body, err)
	}
	for wait, want := range map[time.Duration]string{0: "1", time.Microsecond: "1", 1500 * time.Millisecond: "2", time.Minute: "60"} {
		if got := retryAfter(tooMany{wait, problem.New(problem.TooMany, "")}); got != want {
			t.Errorf("%v: %s", wait, got)
		}
	}
}

func BenchmarkBounds(b *testing.B) {
	s, err := New(Config{SourceRate: Rate{Each: 100, Burst: 1000}, ActorRate: Rate{Each: 1 << 20, Burst: 1 << 20}})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/fhir/Patient/1", nil)
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("x", 43))
	b.ReportAllocs()
	for b.Loop() {
		p, err := s.rates.enter(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := Known(&response{way: p}, "client:1", ""); err != nil {
			b.Fatal(err)
		}
	}
}
