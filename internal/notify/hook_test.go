package notify

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const hookSecret = "0123456789abcdef0123456789abcdef"

func hookServer(t *testing.T, answer func(http.ResponseWriter, *http.Request)) (*httptest.Server, HookConfig) {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(answer))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, HookConfig{URL: s.URL + "/path-that-is-secret", Secret: []byte(hookSecret), Private: true, House: house, Roots: roots,
		Now: func() time.Time { return time.Unix(1_700_000_100, 0) }}
}

func hook(t *testing.T, c HookConfig) *Hook {
	t.Helper()
	h, err := NewHook(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAHookIsSigned(t *testing.T) {
	var body []byte
	var head http.Header
	_, c := hookServer(t, func(_ http.ResponseWriter, r *http.Request) {
		head = r.Header
		body, _ = io.ReadAll(r.Body)
	})
	m := news(ConfirmAddress, "424242")
	m.Medium, m.Address = Phone, "+447700900123"
	if err := hook(t, c).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var n note
	if err := json.Unmarshal(body, &n); err != nil {
		t.Fatal(err)
	}
	if n.ID != m.ID || n.Address != m.Address || n.Kind != "confirm-address" || n.Code != m.Code || !strings.Contains(n.Text, m.Code) || strings.Contains(n.Subject, m.Code) || !n.At.Equal(m.At) {
		t.Errorf("%s", body)
	}
	if head.Get("Idempotency-Key") != m.ID {
		t.Errorf("%v", head)
	}
	at := time.Unix(1_700_000_100, 0)
	got := head.Get(SignatureHeader)
	if got != Sign([]byte(hookSecret), body, at) || got == Sign([]byte(hookSecret), append(body, ' '), at) || got == Sign([]byte(hookSecret), body, at.Add(time.Second)) || got == Sign([]byte(strings.ToUpper(hookSecret)), body, at) {
		t.Error("the signature is", got)
	}
	// By another program: printf '1.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
	if Sign([]byte(hookSecret), []byte("{}"), time.Unix(1, 0)) != "t=1,v1=1642a706b2e4d9fa8663449a8826d942c133b097231992683d5a44c2afc57499" {
		t.Error("another program signs otherwise")
	}
	if strings.Contains(string(body)+got, hookSecret) {
		t.Error("the secret was sent")
	}
}

func TestWhatAHookAnswers(t *testing.T) {
	status, seen := 0, 0
	s, c := hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		seen++
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.Repeat("ann@example.org", 10_000))
	})
	h := hook(t, c)
	for status = range map[int]bool{200: true, 202: true, 204: true} {
		if err := h.Send(t.Context(), news(PasskeyAdded, "")); err != nil {
			t.Error(status, err)
		}
	}
	seen = 0
	for _, status = range []int{301, 307, 400, 401, 404, 408, 422, 429, 500, 503} {
		err := h.Send(t.Context(), news(PasskeyAdded, ""))
		if err == nil || errors.Is(err, errRefused) != (status == 422) || strings.Contains(err.Error(), "ann@") || strings.Contains(err.Error(), "secret") {
			t.Error(status, err)
		}
	}
	if seen != 10 {
		t.Errorf("%d requests: a redirect was followed", seen)
	}
	s.Close()
	if err := h.Send(t.Context(), news(PasskeyAdded, "")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error("nobody is there:", err)
	}
}

func TestAHookReachesOnlyWhatItMay(t *testing.T) {
	seen := 0
	_, c := hookServer(t, func(http.ResponseWriter, *http.Request) { seen++ })
	public, stranger := c, c
	public.Private, stranger.Roots = false, x509.NewCertPool()
	if err := hook(t, public).Send(t.Context(), news(PasskeyAdded, "")); err == nil || !strings.Contains(err.Error(), "not on the public Internet") {
		t.Error("an address of this machine:", err)
	}
	if err := hook(t, stranger).Send(t.Context(), news(PasskeyAdded, "")); err == nil {
		t.Error("a service that nobody vouches for")
	}
	if seen != 0 {
		t.Errorf("%d requests", seen)
	}
	for _, u := range []string{"", "http://notify.example/", "https://user:secret@notify.example/", "https://notify.example/?key=secret", "ftp://notify.example/", "https:///secret"} {
		bad := c
		bad.URL = u
		if _, err := NewHook(bad); err == nil || strings.Contains(err.Error(), "secret@") || strings.Contains(err.Error(), "key=") {
			t.Errorf("%s: %v", u, err)
		}
	}
	c.Secret = c.Secret[:31]
	if _, err := NewHook(c); err == nil {
		t.Error("a short secret")
	}
}
