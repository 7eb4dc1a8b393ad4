package healthlink

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// desk is the links of a store, with a clock that is moved by hand, a log that is
// kept and somebody whose record is theirs, until a test says otherwise.
type desk struct {
	t     *testing.T
	d     *db.DB
	links *Links

	mu    sync.Mutex
	now   time.Time
	log   []audit.Entry
	full  bool // the log takes no more
	apart bool // the account and the record belong together no more
}

func (k *desk) Append(_ context.Context, e ...audit.Entry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.full {
		return errors.New("the log is full")
	}
	k.log = append(k.log, e...)
	return nil
}

const document = `{"resourceType":"Bundle","type":"document","entry":[{"resource":{"code":{"text":"Penicillin"}}}]}`

var gwen = Whose{"acc", "gwen", 7}

func openDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{t: t, d: d, now: time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)}
	var err error
	k.links, err = Open(t.Context(), Config{DB: d, Log: k, Origin: "https://h.example", Now: func() time.Time { k.mu.Lock(); defer k.mu.Unlock(); return k.now },
		Still: func(context.Context, string, string) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			if k.apart {
				return problem.New(problem.Forbidden, "Not theirs.")
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *desk) move(d time.Duration) { k.mu.Lock(); k.now = k.now.Add(d); k.mu.Unlock() }

// asks is a link for a week, to be opened three times.
func (k *desk) asks(code string) Asked {
	return Asked{Label: "For the clinic", Passcode: code, Ends: k.now.Add(7 * 24 * time.Hour), Most: 3}
}

// link is what a link says, as a reader takes it apart.
type link struct {
	URL, Key, Flag, Label string
	Exp                   int64
	V                     int
}

func (k *desk) make(a Asked) link {
	k.t.Helper()
	text, err := k.links.Make(k.t.Context(), gwen, a, []byte(document))
	if err != nil {
		k.t.Fatal(err)
	}
	return k.apartOf(text)
}

func (k *desk) apartOf(text string) (out link) {
	k.t.Helper()
	rest, ok := strings.CutPrefix(text, "shlink:/")
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if !ok || err != nil || json.Unmarshal(b, &out) != nil {
		k.t.Fatalf("it is no link: %v", err)
	}
	return out
}

func (k *desk) ask(method, url, body string) *httptest.ResponseRecorder {
	k.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(k.t.Context(), method, url, strings.NewReader(body))
	if err := k.links.Handle(w, r); err != nil {
		k.links.WriteError(w, r, err)
	}
	return w
}

func (k *desk) opens(l link, code string) *httptest.ResponseRecorder {
	k.t.Helper()
	b, _ := json.Marshal(map[string]string{"recipient": "Dr Lee", "passcode": code})
	return k.ask("POST", l.URL, string(b))
}

// files are those of a manifest.
func (k *desk) files(w *httptest.ResponseRecorder) (out struct {
	Files []struct{ ContentType, Embedded, Location string }
}) {
	k.t.Helper()
	if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &out) != nil || len(out.Files) != 1 {
		k.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return out
}

// reads opens a file as a reader does.
func (k *desk) reads(l link, file string) string {
	k.t.Helper()
	key, err := base64.RawURLEncoding.DecodeString(l.Key)
	if err != nil || len(key) != 32 {
		k.t.Fatal("the key is not of 32 bytes")
	}
	jwe, err := jose.ParseEncryptedCompact(file, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		k.t.Fatal(err)
	}
	if jwe.Header.ExtraHeaders["zip"] != "DEF" && !strings.Contains(headerOf(file), `"zip":"DEF"`) || !strings.Contains(headerOf(file), `"cty":"application/fhir+json"`) {
		k.t.Errorf("the header is %s", headerOf(file))
	}
	b, err := jwe.Decrypt(key)
	if err != nil {
		k.t.Fatal(err)
	}
	return string(b)
}

func headerOf(file string) string {
	head, _, _ := strings.Cut(file, ".")
	b, _ := base64.RawURLEncoding.DecodeString(head)
	return string(b)
}

// gone checks that a link is as one that never was.
func (k *desk) gone(what string, w *httptest.ResponseRecorder) {
	k.t.Helper()
	never := k.ask("POST", "https://h.example"+Path+strings.Repeat("A", 43), `{"recipient":"x"}`)
	if w.Code != http.StatusNotFound || w.Code != never.Code || w.Body.String() != never.Body.String() {
		k.t.Errorf("%s: %d %s, and one that never was: %d %s", what, w.Code, w.Body, never.Code, never.Body)
	}
}

func TestALinkIsOpened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d)
		l := k.make(k.asks("tulip42"))
		if !strings.HasPrefix(l.URL, "https://h.example/health-link/") || len(l.URL) > 128 || l.Flag != "P" || l.Label != "For the clinic" || l.V != 1 || l.Exp != k.now.Add(7*24*time.Hour).Unix() {
			t.Errorf("the link says %+v", l)
		}
		f := k.files(k.opens(l, "tulip42")).Files[0]
		if f.ContentType != "application/fhir+json" || k.reads(l, f.Embedded) != document {
			t.Error("the file is not the document")
		}
		all, err := k.links.Of(t.Context(), "acc")
		if err != nil || len(all) != 1 || all[0].Opened != 1 || !all[0].Coded || all[0].Over {
			t.Errorf("%+v, %v", all, err)
		}
		_, openings, err := k.links.One(t.Context(), "acc", all[0].ID)
		if err != nil || len(openings) != 1 || openings[0].Recipient != "Dr Lee" || !openings[0].At.Equal(k.now) {
			t.Errorf("%+v, %v", openings, err)
		}
		if len(k.log) != 1 || k.log[0].Person != 7 || k.log[0].Rule != Rule || k.log[0].Who.Actor != "link:"+all[0].ID {
			t.Errorf("the log has %+v", k.log)
		}
		// A reader that wants the file by itself is told where it is, for a while.
		w := k.ask("POST", l.URL, `{"recipient":"a page","passcode":"tulip42","embeddedLengthMax":10}`)
		at := k.files(w).Files[0]
		if at.Embedded != "" || at.Location == "" {
			t.Errorf("it is told %+v", at)
		}
		got := k.ask("GET", at.Location, "")
		if got.Header().Get("Content-Type") != "application/jose" || k.reads(l, got.Body.String()) != document || len(k.log) != 3 {
			t.Errorf("the file is %d, with %d entries on the log", got.Code, len(k.log))
		}
		k.gone("another ticket", k.ask("GET", l.URL+"/file/"+strings.Repeat("A", 43), ""))
		k.move(ticketLife)
		k.gone("an old ticket", k.ask("GET", at.Location, ""))
		// Without a passcode there is no flag, and none is asked for.
		if l := k.make(k.asks("")); l.Flag != "" || k.opens(l, "").Code != http.StatusOK {
			t.Error("a link without a passcode is not opened")
		}
	})
}

func TestWhatALinkCanNotBe(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t))
	for name, change := range map[string]func(*Asked){
		"no name": func(a *Asked) { a.Label = "" }, "a long name": func(a *Asked) { a.Label = strings.Repeat("é", 81) },
		"over": func(a *Asked) { a.Ends = k.now }, "too long": func(a *Asked) { a.Ends = k.now.Add(MostLife + 1) },
		"never": func(a *Asked) { a.Most = 0 }, "too often": func(a *Asked) { a.Most = MostOpenings + 1 },
		"a short code": func(a *Asked) { a.Passcode = "12345" }, "a long code": func(a *Asked) { a.Passcode = strings.Repeat("x", 65) },
	} {
		a := k.asks("tulip42")
		change(&a)
		if _, err := k.links.Make(t.Context(), gwen, a, nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.links.Make(t.Context(), gwen, k.asks(""), make([]byte, mostFile+1)); !problem.Is(err, problem.TooLarge) {
		t.Error(err)
	}
	for range mostLinks {
		k.make(k.asks(""))
	}
	if _, err := k.links.Make(t.Context(), gwen, k.asks(""), nil); !problem.Is(err, problem.Conflict) {
		t.Error(err)
	}
	for _, body := range []string{"", "{", `{"passcode":"x"}`, `{"recipient":"\u0001 "}`, `{"recipient":"` + strings.Repeat("x", mostAsked) + `"}`} {
		if w := k.ask("POST", "https://h.example"+Path+"x", body); w.Code != http.StatusBadRequest && w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%.20s: %d", body, w.Code)
		}
	}
}

// Passcodes can be tried five times, whoever tries; then the link is over and its
// file is gone.
func TestAttack76WrongPasscodesEndALink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d)
		l := k.make(k.asks("tulip42"))
		for i := range wrongTries {
			w := k.opens(l, fmt.Sprintf("guess%d", i))
			if want := fmt.Sprintf(`{"remainingAttempts":%d}`, wrongTries-1-i); w.Code != http.StatusUnauthorized || w.Body.String() != want {
				t.Errorf("try %d: %d %s", i, w.Code, w.Body)
			}
		}
		k.gone("after five", k.opens(l, "tulip42"))
		if all, _ := k.links.Of(t.Context(), "acc"); len(all) != 1 || !all[0].Locked || !all[0].Over || all[0].Opened != 0 {
			t.Errorf("%+v", all)
		}
		if len(k.log) != 0 || k.keeps("file IS NOT NULL") != 0 {
			t.Error("somebody was let in, or the file is still there")
		}
		// Of many at once no more than five are tried.
		l = k.make(k.asks("tulip42"))
		var wait sync.WaitGroup
		var mu sync.Mutex
		tried := 0
		for i := range 12 {
			wait.Go(func() {
				if w := k.opens(l, fmt.Sprintf("guess%d", i)); w.Code == http.StatusUnauthorized {
					mu.Lock()
					tried++
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		if tried > wrongTries {
			t.Errorf("%d were tried", tried)
		}
	})
}

func (k *desk) keeps(where string) (n int64) {
	k.t.Helper()
	if err := k.d.Query(k.t.Context(), "SELECT count(*) FROM healthlink WHERE "+where, nil, func(r *db.Row) error { n = r.Int64(0); return nil }); err != nil {
		k.t.Fatal(err)
	}
	return n
}

// A link that was stopped, that ended, that was opened as often as it may be, or
// whose person or account is not there any more, is as one that never was.
func TestAttack76ALinkThatIsOverIsNotOpened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d)
		ctx := t.Context()
		l := k.make(k.asks(""))
		at := k.files(k.ask("POST", l.URL, `{"recipient":"x","embeddedLengthMax":0}`)).Files[0].Location
		all, _ := k.links.Of(ctx, "acc")
		if err := k.links.Stop(ctx, "mallory", all[0].ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("somebody else stops it: %v", err)
		}
		if _, _, err := k.links.One(ctx, "mallory", all[0].ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("somebody else sees it: %v", err)
		}
		if err := errors.Join(k.links.Stop(ctx, "acc", all[0].ID), k.links.Stop(ctx, "acc", all[0].ID)); err != nil {
			t.Fatal(err)
		}
		k.gone("stopped", k.opens(l, ""))
		k.gone("its file", k.ask("GET", at, ""))
		if k.keeps("file IS NOT NULL") != 0 {
			t.Error("the file of a stopped link is kept")
		}

		l = k.make(k.asks(""))
		for range 3 {
			k.files(k.opens(l, ""))
		}
		k.gone("opened three times", k.opens(l, ""))

		l = k.make(k.asks(""))
		k.apart = true
		k.gone("no longer theirs", k.opens(l, ""))
		k.apart = false
		k.move(7*24*time.Hour - time.Second)
		k.files(k.opens(l, ""))
		k.move(time.Second)
		k.gone("ended", k.opens(l, ""))
		if err := k.links.Sweep(ctx); err != nil || k.keeps("file IS NOT NULL") != 0 || k.keeps("true") != 3 {
			t.Errorf("after it ended %d are kept, %v", k.keeps("true"), err)
		}
		k.move(keptAfter)
		if err := k.links.Sweep(ctx); err != nil || k.keeps("true") != 0 {
			t.Errorf("a month later %d are kept, %v", k.keeps("true"), err)
		}

		l = k.make(k.asks(""))
		if err := errors.Join(k.links.Erase(ctx, "somebody"), k.links.Erase(ctx, "gwen"), k.links.Erase(ctx, "gwen")); err != nil {
			t.Fatal(err)
		}
		k.gone("erased", k.opens(l, ""))
	})
}

// Whoever has the store has neither the address, nor the passcode, nor the key.
func TestAttack76TheStoreOpensNoLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d)
		l := k.make(k.asks("tulip42"))
		k.files(k.opens(l, "tulip42"))
		address := l.URL[strings.LastIndexByte(l.URL, '/')+1:]
		key, _ := base64.RawURLEncoding.DecodeString(l.Key)
		err := d.Query(t.Context(), "SELECT id, address, passcode, file, label FROM healthlink", nil, func(r *db.Row) error {
			for _, secret := range [][]byte{[]byte(address), []byte("tulip42"), key, []byte(l.Key), []byte("Penicillin")} {
				for _, held := range [][]byte{[]byte(r.Text(0)), r.Bytes(1), r.Bytes(2), r.Bytes(3), []byte(r.Text(4))} {
					if bytes.Contains(held, secret) {
						t.Errorf("the store holds %q", secret)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 { // what is near an address is no address
			near := []byte(address)
			near[i] ^= 1
			k.gone("near", k.ask("POST", "https://h.example"+Path+string(near), `{"recipient":"x","passcode":"tulip42"}`))
		}
		k.gone("the id", k.ask("POST", "https://h.example"+Path+"x'OR'1'='1", `{"recipient":"x"}`))
		if w := k.ask("GET", l.URL, ""); w.Code != http.StatusMethodNotAllowed || w.Body.Len() > 0 {
			t.Errorf("a look without opening tells %d %s", w.Code, w.Body)
		}
	})
}

// No entry, no answer: where the log takes nothing, nobody is let in.
func TestAttack76AnOpeningThatIsNotLoggedIsNone(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t))
	l := k.make(k.asks(""))
	k.full = true
	if w := k.opens(l, ""); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "files") || strings.Contains(w.Body.String(), "full") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What a reader calls itself is kept as one short line.
func TestWhatReadersCallThemselves(t *testing.T) {
	for in, want := range map[string]string{" Dr  Lee\n\tof Hill ": "Dr Lee of Hill", "\x00\u202e": "", strings.Repeat("é", 200): strings.Repeat("é", mostRecipient)} {
		if got := cleaned(in); got != want {
			t.Errorf("%q is %q", in, got)
		}
	}
}

func FuzzAsked(f *testing.F) {
	f.Add(`{"recipient":"Dr Lee","passcode":"x","embeddedLengthMax":3}`)
	f.Fuzz(func(t *testing.T, body string) {
		a, err := readAsked(httptest.NewRequest("POST", "/", strings.NewReader(body)))
		if err == nil && (a.Recipient == "" || len([]rune(a.Recipient)) > mostRecipient) {
			t.Errorf("%q is let through", a.Recipient)
		}
	})
}
