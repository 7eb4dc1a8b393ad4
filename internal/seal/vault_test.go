package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
)

// transit is a key service on loopback, with one key and the transit engine's
// two calls.
type transit struct {
	*httptest.Server
	aead   cipher.AEAD
	asked  []string
	answer func(do string) (status int, body string) // instead of its own; 0 for its own
}

const vaultToken = "s.a-token-that-is-secret"

func newTransit(t *testing.T) *transit {
	t.Helper()
	block, err := aes.NewCipher(secret())
	if err != nil {
		t.Fatal(err)
	}
	v := &transit{}
	if v.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		t.Fatal(err)
	}
	v.Server = httptest.NewTLSServer(http.HandlerFunc(v.serve))
	t.Cleanup(v.Close)
	return v
}

func (v *transit) serve(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	v.asked = append(v.asked, r.URL.Path)
	do := strings.Split(r.URL.Path, "/")[3]
	if v.answer != nil {
		if status, body := v.answer(do); status != 0 {
			w.Header().Set("Location", "/v1/elsewhere")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
	}
	if r.Header.Get("X-Vault-Token") != vaultToken {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"errors":["permission denied"]}`)
		return
	}
	var q struct{ Plaintext, Ciphertext, Associated_data string }
	if json.Unmarshal(text, &q) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	aad, _ := base64.StdEncoding.DecodeString(q.Associated_data)
	data := map[string]string{}
	switch do {
	case "encrypt":
		plain, _ := base64.StdEncoding.DecodeString(q.Plaintext)
		data["ciphertext"] = "vault:v1:" + base64.StdEncoding.EncodeToString(v.aead.Seal(nil, nil, plain, aad))
	case "decrypt":
		box, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(q.Ciphertext, "vault:v1:"))
		plain, err := v.aead.Open(nil, nil, box, aad)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		data["plaintext"] = base64.StdEncoding.EncodeToString(plain)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func (v *transit) service(t *testing.T, token string) *Vault {
	t.Helper()
	s, err := NewVault("vault+"+v.URL+"/transit/bevan", func() (string, error) { return token, nil }, v.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAKeyFileIsWrappedByAService(t *testing.T) {
	v := newTransit(t)
	s := v.service(t, vaultToken)
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := CreateBy(path, s)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, _, err := r.NewPersonKey(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Rotate(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.json")
	if err := r.Backup(copied); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, copied} {
		again, err := OpenBy(p, s)
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Info()) != 2 || again.ID() != r.ID() || again.Info()[1].Fingerprint != r.Info()[1].Fingerprint {
			t.Error("another ring")
		}
		if _, err := again.Unwrap(1, wrapped); err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		st := r.state.Load()
		for _, raw := range [][]byte{st.hash, st.masters[0].raw, st.masters[1].raw} {
			if bytes.Contains(text, raw) || strings.Contains(string(text), base64.StdEncoding.EncodeToString(raw)) {
				t.Error("a key is in the file")
			}
		}
		if strings.Contains(string(text), v.URL) || strings.Contains(string(text), "http") {
			t.Error("the file says where to connect")
		}
	}
	if got := v.asked[0]; got != "/v1/transit/encrypt/bevan" {
		t.Error(got)
	}
}

// The file opens nothing by itself, nor with a service that has another key, nor
// under another store's name.
func TestTheFileAloneOpensNothing(t *testing.T) {
	v, other := newTransit(t), newTransit(t)
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := CreateBy(path, v.service(t, vaultToken)); err != nil {
		t.Fatal(err)
	}
	closed := func(what string, err error, says string) {
		t.Helper()
		if !problem.Is(err, problem.Unavailable) || !strings.Contains(problem.Sentence(err), says) || strings.Contains(err.Error(), vaultToken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := Open(path)
	closed("the file alone", err, "--key-service")
	_, err = OpenBy(path, other.service(t, vaultToken))
	closed("another service", err, "does not know this key")
	_, err = OpenBy(path, v.service(t, "s.another"))
	closed("another token", err, "refuses the token")
	broken, err := NewVault("vault+"+v.URL+"/transit/bevan", func() (string, error) { return "", problem.New(problem.Unavailable, "The file of the token is gone.") }, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenBy(path, broken)
	closed("no token", err, "is gone")

	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := decodeWrapped(text)
	if err != nil {
		t.Fatal(err)
	}
	f.Store = "0123456789abcdef"
	f.Sum = f.sum()
	if _, err := decodeBy(f.text(), v.service(t, vaultToken)); err == nil {
		t.Error("it opens as another store's")
	}
	asked := len(v.asked)
	text[len(text)/2] ^= 1
	if _, err := decodeBy(text, v.service(t, vaultToken)); err == nil || len(v.asked) != asked {
		t.Error("a damaged file was taken to the service:", err)
	}

	// The other way round: a plain file where a service is named.
	plain := filepath.Join(t.TempDir(), "plain.json")
	if _, err := Create(plain); err != nil {
		t.Fatal(err)
	}
	_, err = OpenBy(plain, v.service(t, vaultToken))
	closed("a plain file", err, "bevan keys wrap")

	v.Close()
	_, err = OpenBy(path, v.service(t, vaultToken))
	closed("the service is away", err, "does not answer")
}

// Whatever the service does wrong, nothing is written and nothing is opened.
func TestAServiceThatFailsLosesNothing(t *testing.T) {
	v := newTransit(t)
	s := v.service(t, vaultToken)
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := CreateBy(path, s)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fails := map[string]func(string) (int, string){
		"sealed":      func(string) (int, string) { return 503, `{"errors":["Vault is sealed"]}` },
		"standby":     func(string) (int, string) { return 307, "" },
		"nothing":     func(string) (int, string) { return 200, "" },
		"no data":     func(string) (int, string) { return 200, `{"data":{}}` },
		"endless":     func(string) (int, string) { return 200, `{"data":"` + strings.Repeat("x", 2*vaultAnswer) },
		"not base64":  func(string) (int, string) { return 200, `{"data":{"ciphertext":"vault:v1:x","plaintext":"!"}}` },
		"another key": func(do string) (int, string) { return 200, `{"data":{"ciphertext":"vault:v1:x","plaintext":"AAAA"}}` },
		"may only encrypt": func(do string) (int, string) {
			if do == "decrypt" {
				return 403, ""
			}
			return 0, ""
		},
	}
	for name, fail := range fails {
		v.answer = fail
		if err := r.Rotate(); err == nil || strings.Contains(err.Error(), vaultToken) || strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: rotated: %v", name, err)
		}
		if _, err := OpenBy(path, s); err == nil {
			t.Errorf("%s: opened", name)
		}
		if _, err := CreateBy(filepath.Join(t.TempDir(), "new.json"), s); err == nil {
			t.Errorf("%s: made", name)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the file is another: %v", name, err)
		}
		if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, p := range v.asked {
		if strings.Contains(p, "elsewhere") {
			t.Error("a redirect was followed, with the token")
		}
	}
	v.answer = nil
	if err := r.Rotate(); err != nil {
		t.Error(err)
	}
}

func TestAKeyFileIsGuardedAndFreed(t *testing.T) {
	v := newTransit(t)
	s := v.service(t, vaultToken)
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	id := r.ID()
	if err := r.Guard(s); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil {
		t.Error("it opens by itself")
	}
	if err := r.Rotate(); err != nil {
		t.Error(err)
	}
	r, err = OpenBy(path, s)
	if err != nil || r.ID() != id || len(r.Info()) != 2 {
		t.Fatal(err)
	}
	if err := r.Guard(nil); err != nil {
		t.Fatal(err)
	}
	if r, err = Open(path); err != nil || r.ID() != id {
		t.Error(err)
	}
}

func TestTheAddressOfAKeyServiceIsReadStrictly(t *testing.T) {
	for _, u := range []string{
		"", "vault+https://", "https://vault.example/transit/bevan", "vault+http://vault.example/transit/bevan", "vault+https://vault.example/bevan",
		"vault+https://u:secret@vault.example/transit/bevan", "vault+https://vault.example/transit/bevan?token=secret", "vault+https://vault.example/transit/../sys",
		"vault+https://vault.example/transit//bevan", "vault+https://vault.example/transit/be%2fvan", "vault+ftp://vault.example/transit/bevan", "awskms://x/y",
	} {
		if _, err := NewVault(u, nil, nil); !problem.Is(err, problem.Invalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", u, err)
		}
	}
	s, err := NewVault("vault+https://vault.example:8200/team/transit/bevan-1", func() (string, error) { return vaultToken, nil }, nil)
	if err != nil || s.base != "https://vault.example:8200/v1/team/transit" || s.key != "bevan-1" {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "service", s)
	if said := log.String() + fmt.Sprintf("%v %+v %#v %s", s, s, s, s); strings.Contains(said, "vault.example") || strings.Contains(said, vaultToken) {
		t.Error(said)
	}
}

// Whatever a file holds, reading it never panics, asks no service for what is
// damaged, and takes exactly what would be written.
func FuzzDecodeWrapped(f *testing.F) {
	good := wrappedFile{Format: formatWrapped, Store: "0011223344556677", Key: []byte("vault:v1:AAAA"), Sealed: make([]byte, Overhead)}
	good.Sum = good.sum()
	f.Add(good.text())
	f.Add([]byte("{}"))
	f.Add([]byte(`{"format":"bevan-keys-wrapped-1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := decodeWrapped(text); err == nil && !bytes.Equal(got.text(), text) {
			t.Fatal("taken, but not as it stands")
		}
		_, _ = decodeBy(text, nil)
	})
}
