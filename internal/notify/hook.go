package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/fetch"
	"github.com/bevanhealth/bevan/internal/problem"
)

// HookConfig names the operator's own service, which sends messages on: by
// telephone, by letter, or by a mail provider.
type HookConfig struct {
	// URL is an https address without a user and a query. On this machine it
	// may be http.
	URL string
	// Secret signs what is sent: at least 32 bytes.
	Secret []byte
	// Private lets the URL lead to an address that is not on the public
	// Internet.
	Private bool
	House   House
	// Roots are who may vouch for the service; nil is who the machine trusts.
	Roots *x509.CertPool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Hook sends each message as one signed request to the operator's service, within
// fetch.Time, which is less than the lease.
type Hook struct {
	cfg  HookConfig
	http *http.Client
}

// NewHook checks the configuration. It connects to nothing.
func NewHook(c HookConfig) (*Hook, error) {
	bad := func(sentence string) (*Hook, error) { return nil, problem.New(problem.Invalid, sentence) }
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())) {
		return bad("The address that messages are sent to is written https://host/path, without a password or a query in it. Mend --notify-url.")
	}
	if len(c.Secret) < 32 {
		return bad("The file of the secret that signs messages is too short. Put at least 32 random characters in it, and give it with --notify-secret.")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	h := &Hook{c, fetch.Public()}
	if c.Private {
		h.http = fetch.Private()
	}
	if t, ok := h.http.Transport.(*http.Transport); ok && c.Roots != nil {
		t.TLSClientConfig.RootCAs = c.Roots
	}
	return h, nil
}

// note is the body of a request. Its reader acts on kind and shows text.
type note struct {
	ID      string    `json:"id"`
	Medium  Medium    `json:"medium"`
	Address string    `json:"address"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Code    string    `json:"code,omitempty"`
	At      time.Time `json:"at"`
}

// SignatureHeader carries t=SECONDS,v1=HEX: when the request was made, and
// HMAC-SHA-256 over the seconds, a full stop and the body.
const SignatureHeader = "Bevan-Signature"

// Sign is the value of SignatureHeader for a body that is sent at at.
func Sign(secret, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Send hands one message to the service. 2xx is that the service answers for
// it; 422 is that it can never be sent; anything else is tried again. The
// header Idempotency-Key is the same at each try.
func (h *Hook) Send(ctx context.Context, m Message) error {
	if m.ID == "" {
		return Refused(errors.New("notify: a message without an id"))
	}
	body, err := json.Marshal(note{
		ID: m.ID, Medium: m.Medium, Address: m.Address, Kind: m.Kind.String(),
		Subject: h.cfg.House.Subject(m), Text: h.cfg.House.Text(m), Code: m.Code, At: m.At.UTC(),
	})
	if err != nil {
		return Refused(errors.New("notify: a message that can not be written"))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("notify: the address of the service can not be used")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", m.ID)
	r.Header.Set(SignatureHeader, Sign(h.cfg.Secret, body, h.cfg.Now()))
	answer, err := h.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, whose path may be a secret of the service's
		}
		return fmt.Errorf("notify: the service that sends messages does not answer: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 16<<10) // so that the connection can be used again
	switch {
	case answer.StatusCode >= 200 && answer.StatusCode < 300:
		return nil
	case answer.StatusCode == http.StatusUnprocessableEntity:
		return Refused(errors.New("notify: the service that sends messages answered 422"))
	}
	return fmt.Errorf("notify: the service that sends messages answered %d", answer.StatusCode)
}
