package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

func newRing(t testing.TB) (*seal.Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := seal.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return r, path
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestWhatIsSealedComesBack(t *testing.T) {
	r, path := newRing(t)
	again := must(seal.Open(path))(t)
	rapid.Check(t, func(t *rapid.T) {
		person := rapid.Int64().Draw(t, "person")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		aad := rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		wrapped, key, err := r.NewPersonKey(person)
		if err != nil {
			t.Fatal(err)
		}
		sealed := key.Seal([]byte("head"), plain, aad)
		if !bytes.HasPrefix(sealed, []byte("head")) || len(sealed) != 4+len(plain)+seal.Overhead {
			t.Fatal("wrong length", len(sealed))
		}
		other, err := again.Unwrap(person, wrapped)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := other.Open([]byte("body:"), sealed[4:], aad)
		if err != nil || !bytes.Equal(opened, append([]byte("body:"), plain...)) {
			t.Fatal("came back changed", err)
		}
	})
}

func TestEveryChangedByteIsNoticed(t *testing.T) {
	r, _ := newRing(t)
	wrapped, key, err := r.NewPersonKey(7)
	if err != nil {
		t.Fatal(err)
	}
	plain, aad := []byte("a body of some length"), []byte("row 9 version 1")
	sealed := key.Seal(nil, plain, aad)
	if bytes.Contains(sealed, plain[:5]) {
		t.Fatal("not sealed")
	}
	flips(sealed, func(b []byte) {
		if _, err := key.Open(nil, b, aad); err == nil {
			t.Error("a changed body was opened")
		}
	})
	flips(aad, func(b []byte) {
		if _, err := key.Open(nil, sealed, b); err == nil {
			t.Error("a body was opened in another place")
		}
	})
	flips(wrapped, func(b []byte) {
		if _, err := r.Unwrap(7, b); err == nil {
			t.Error("a changed key was unwrapped")
		}
	})
	for n := range sealed {
		if _, err := key.Open(nil, sealed[:n], aad); err == nil {
			t.Error("a cut body was opened")
		}
	}
	for n := range wrapped {
		if _, err := r.Unwrap(7, wrapped[:n]); err == nil {
			t.Error("a cut key was unwrapped")
		}
	}
	if _, err := r.Unwrap(8, wrapped); err == nil {
		t.Error("another person's key was unwrapped")
	}
	_, other, err := r.NewPersonKey(7)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(nil, sealed, aad); err == nil {
		t.Error("another key opened the body")
	}
}

// flips calls test with each byte of b changed in turn.
func flips(b []byte, test func([]byte)) {
	for i := range b {
		for _, mask := range []byte{1, 0x80, 0xff} {
			c := bytes.Clone(b)
			c[i] ^= mask
			test(c)
		}
	}
}

func TestRotation(t *testing.T) {
	r, path := newRing(t)
	behind := must(seal.Open(path))(t) // a node that isn't told
	old, key, err := r.NewPersonKey(1)
	if err != nil {
		t.Fatal(err)
	}
	body := key.Seal(nil, []byte("body"), nil)
	token := r.SealToken("page", []byte("after 3"))
	hash := r.Hasher("name").SumString("x")
	for range 3 {
		if err := r.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	fresh, _, err := r.NewPersonKey(2)
	if err != nil {
		t.Fatal(err)
	}
	rewrapped, changed, err := r.Rewrap(1, old)
	if err != nil || !changed || bytes.Equal(rewrapped, old) {
		t.Fatal("not rewrapped", err)
	}
	if _, changed, err := r.Rewrap(1, rewrapped); err != nil || changed {
		t.Error("rewrapped twice", err)
	}
	if _, _, err := r.Rewrap(2, old); err == nil {
		t.Error("rewrapped for another person")
	}
	for _, ring := range []*seal.Ring{r, behind, must(seal.Open(path))(t)} {
		for _, wrapped := range [][]byte{old, rewrapped} {
			k, err := ring.Unwrap(1, wrapped)
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := k.Open(nil, body, nil); err != nil || string(plain) != "body" {
				t.Error("the body was lost", err)
			}
		}
		if _, err := ring.Unwrap(2, fresh); err != nil {
			t.Error(err)
		}
		if plain, err := ring.OpenToken("page", token); err != nil || string(plain) != "after 3" {
			t.Error("an old token was lost", err)
		}
		if ring.Hasher("name").SumString("x") != hash {
			t.Error("the hash changed")
		}
		if ring.ID() != r.ID() {
			t.Error("the ring got another name")
		}
	}
	info := r.Info()
	if len(info) != 4 || !info[3].Current || info[0].Current || info[0].Fingerprint == info[1].Fingerprint || len(info[0].Fingerprint) != 16 {
		t.Error(info)
	}
}

func TestTheFileIsGuarded(t *testing.T) {
	r, path := newRing(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal("made with mode", info.Mode(), err)
	}
	refused := func(name, path, says string) {
		t.Helper()
		_, err := seal.Open(path)
		if problem.KindOf(err) != problem.Unavailable || !strings.Contains(problem.Sentence(err), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("missing", path+"x", "Put it back")
	if _, err := seal.Create(path); problem.KindOf(err) != problem.Conflict {
		t.Error("a ring was replaced:", err)
	}
	copied := path + ".copy"
	if err := r.Backup(copied); err != nil {
		t.Fatal(err)
	}
	if err := r.Backup(copied); problem.KindOf(err) != problem.Conflict {
		t.Error("a backup was replaced:", err)
	}
	if info, err = os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Error("backed up with mode", info.Mode(), err)
	}
	if must(seal.Open(copied))(t).ID() != r.ID() {
		t.Error("the backup is another ring")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o660, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		refused(mode.String(), path, "chmod 600 keys.json")
		if err := r.Rotate(); err == nil {
			t.Error("rotated a file that others can read")
		}
	}
	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	damaged := path + ".damaged"
	for i := range text {
		bad := bytes.Clone(text)
		bad[i] ^= 1
		if err := os.WriteFile(damaged, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(fmt.Sprint("byte ", i), damaged, "damaged")
		if err := os.WriteFile(damaged, text[:i], 0o600); err != nil {
			t.Fatal(err)
		}
		refused(fmt.Sprint("cut at ", i), damaged, "damaged")
	}
}

func TestAnotherStoresFileIsNotTaken(t *testing.T) {
	r, path := newRing(t)
	other, otherPath := newRing(t)
	if err := other.Rotate(); err != nil {
		t.Fatal(err)
	}
	wrapped, _, err := other.NewPersonKey(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(otherPath, path); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Unwrap(1, wrapped); err == nil || !strings.Contains(problem.Sentence(err), "another store") {
		t.Error("the key of another store was used:", err)
	}
	if err := r.Rotate(); err == nil {
		t.Error("another store's file was rotated")
	}
}

func TestTokens(t *testing.T) {
	r, path := newRing(t)
	same, _ := seal.Open(path)
	stranger, _ := newRing(t)
	token := r.SealToken("page", []byte("person 4, after 99"))
	if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(token) {
		t.Error("not safe in a URL:", token)
	}
	if plain, err := same.OpenToken("page", token); err != nil || string(plain) != "person 4, after 99" {
		t.Error(string(plain), err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"purpose":  func() ([]byte, error) { return r.OpenToken("export", token) },
		"stranger": func() ([]byte, error) { return stranger.OpenToken("page", token) },
		"empty":    func() ([]byte, error) { return r.OpenToken("page", "") },
		"text":     func() ([]byte, error) { return r.OpenToken("page", "person 4") },
	} {
		if _, err := open(); problem.KindOf(err) != problem.Invalid {
			t.Error(name, err)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	flips(raw, func(b []byte) {
		if _, err := r.OpenToken("page", base64.RawURLEncoding.EncodeToString(b)); problem.KindOf(err) != problem.Invalid {
			t.Error("a changed token was opened:", err)
		}
	})
}

func TestNoKeyIsEverPrinted(t *testing.T) {
	r, path := newRing(t)
	_, key, err := r.NewPersonKey(1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	type holder struct {
		R *seal.Ring
		K *seal.Key
		V seal.Key
		H seal.Hasher
	}
	h := holder{r, key, *key, r.Hasher("x")}
	for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil))} {
		l.Info("all", "ring", r, "key", key, "value", *key, "hasher", h.H, "holder", h)
	}
	for _, v := range []any{r, key, *key, h.H, h, &h, []any{r, key}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			fmt.Fprintf(&log, verb+"\n", v)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		log.Write(b)
	}
	fmt.Fprintln(&log, r.Info())
	for _, line := range strings.Split(log.String(), "\n") {
		rest := strings.ReplaceAll(line, "(key, not shown)", "")
		if regexp.MustCompile(`0x[0-9a-f]{6}|AEAD|aead|[A-Za-z0-9+/]{40}`).MatchString(rest) {
			t.Error("something of a key is shown:", line)
		}
	}
	for _, m := range regexp.MustCompile(`"[A-Za-z0-9+/]{43}="`).FindAllString(string(text), -1) {
		if strings.Contains(log.String(), strings.Trim(m, `"`)) {
			t.Error("a key is shown")
		}
	}
}

func FuzzOpenToken(f *testing.F) {
	r, _ := newRing(f)
	good := r.SealToken("page", []byte("x"))
	f.Add(good)
	f.Add("")
	f.Add(strings.Repeat("A", 80))
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := r.OpenToken("page", token); err == nil && token != good {
			t.Error("a made-up token was opened")
		}
	})
}

// Several processes that rotate at once: each gets its turn or is told, and no key is lost.
func TestRotationsDoNotUndoEachOther(t *testing.T) {
	r, path := newRing(t)
	keys := make(chan []byte, 100)
	var wg sync.WaitGroup
	var done atomic.Int64
	for range 6 {
		wg.Go(func() {
			own, err := seal.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			for range 10 {
				if err := own.Rotate(); err == nil {
					done.Add(1)
				} else if problem.KindOf(err) != problem.Conflict {
					t.Error(err)
				}
				wrapped, _, err := own.NewPersonKey(5)
				if err != nil {
					t.Error(err)
				}
				keys <- wrapped
			}
		})
	}
	wg.Wait()
	close(keys)
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := int64(len(r.Info())); got != 1+done.Load() || got < 2 {
		t.Errorf("%d rotations, %d keys", done.Load(), got)
	}
	for k := range keys {
		if _, err := r.Unwrap(5, k); err != nil {
			t.Error("a key was lost:", err)
		}
	}
	if err := os.WriteFile(path+".new", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Rotate(); problem.KindOf(err) != problem.Conflict || !strings.Contains(problem.Sentence(err), "delete the file") {
		t.Error("a change that was cut short was not seen:", err)
	}
}

func TestAnOlderCopyIsNotTaken(t *testing.T) {
	r, path := newRing(t)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Rotate(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	wrapped, _, err := r.NewPersonKey(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Reload(); err == nil || !strings.Contains(problem.Sentence(err), "older") {
		t.Error("an older copy was taken:", err)
	}
	if _, err := r.Unwrap(1, wrapped); err != nil {
		t.Error("a key was forgotten:", err)
	}
	if err := r.Rotate(); err == nil {
		t.Error("an older copy was rotated, which would use a number twice")
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, old) {
		t.Error("the file was changed", err)
	}
}
