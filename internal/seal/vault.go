package seal

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Vault is a key in the transit engine of HashiCorp Vault or OpenBao
// (https://openbao.org/api-docs/secret/transit/). The key never leaves the
// service: what is sent there is the key of a key file, to be encrypted or
// decrypted.
type Vault struct {
	base  string // https://host:port/v1/mount
	key   string
	token func() (string, error)
	http  *http.Client
}

const (
	vaultTime   = 10 * time.Second
	vaultAnswer = 64 << 10 // bytes; an answer of the service is a few hundred
)

// NewVault reads a URL such as vault+https://vault.example:8200/transit/bevan:
// where the service is, where its transit engine is mounted, and the name of
// the key. On this machine it may be vault+http. token is asked each time, so
// that it can be renewed; it is sent to the service and shown nowhere. base is
// the transport; nil is one that checks TLS as the machine does.
func NewVault(address string, token func() (string, error), transport http.RoundTripper) (*Vault, error) {
	bad := problem.New(problem.Invalid, "The key service is written vault+https://host:port/transit/KEY, for a key in the transit engine of Vault or OpenBao. Mend --key-service.")
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, bad
	}
	scheme, ok := strings.CutPrefix(u.Scheme, "vault+")
	if !ok || scheme != "https" && (scheme != "http" || !loopback(u.Hostname())) {
		return nil, bad
	}
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	for _, p := range parts {
		if p == "" || p == "." || p == ".." || strings.Trim(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			return nil, bad
		}
	}
	if len(parts) < 2 {
		return nil, bad
	}
	if transport == nil {
		transport = &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10}
	}
	last := len(parts) - 1
	return &Vault{
		base: scheme + "://" + u.Host + "/v1/" + strings.Join(parts[:last], "/"), key: parts[last], token: token,
		http: &http.Client{Timeout: vaultTime, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// vaultAsk and vaultData are what the service takes and gives. Texts are base64,
// but for the ciphertext, which is the service's own.
type vaultAsk struct {
	Plaintext  []byte `json:"plaintext,omitempty"`
	Ciphertext string `json:"ciphertext,omitempty"`
	Context    []byte `json:"associated_data"`
}

type vaultData struct {
	Data struct {
		Plaintext  string `json:"plaintext"`
		Ciphertext string `json:"ciphertext"`
	} `json:"data"`
}

// Encrypt has the service encrypt plain. The same context opens it.
func (v *Vault) Encrypt(plain, context []byte) ([]byte, error) {
	d, err := v.ask("encrypt", vaultAsk{Plaintext: plain, Context: context})
	if err != nil {
		return nil, err
	}
	if d.Data.Ciphertext == "" {
		return nil, awayVault(errors.New("seal: the answer holds no ciphertext"))
	}
	return []byte(d.Data.Ciphertext), nil
}

// Decrypt has the service decrypt what Encrypt gave.
func (v *Vault) Decrypt(sealed, context []byte) ([]byte, error) {
	d, err := v.ask("decrypt", vaultAsk{Ciphertext: string(sealed), Context: context})
	if err != nil {
		return nil, err
	}
	plain, err := base64.StdEncoding.DecodeString(d.Data.Plaintext)
	if err != nil || len(plain) == 0 {
		return nil, awayVault(errors.New("seal: the answer holds no plaintext"))
	}
	return plain, nil
}

func awayVault(cause error) error {
	return problem.Wrap(problem.Unavailable, "The key service does not answer as it should, and without it no record can be read. See that it runs and can be reached, then start again.", cause)
}

// ask sends one request. No error quotes what was sent or answered.
func (v *Vault) ask(do string, q vaultAsk) (d vaultData, err error) {
	token, err := v.token()
	if err != nil {
		return d, err
	}
	body, err := json.Marshal(q)
	if err != nil {
		return d, errors.New("seal: a question that can not be written")
	}
	defer clear(body)
	ctx, stop := context.WithTimeout(context.Background(), vaultTime)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+"/"+do+"/"+v.key, bytes.NewReader(body))
	if err != nil {
		return d, awayVault(errors.New("seal: the address can not be asked"))
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Vault-Token", token)
	r.Header.Set("X-Vault-Request", "true")
	answer, err := v.http.Do(r)
	if err != nil {
		return d, awayVault(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, vaultAnswer))
	defer clear(text)
	status := fmt.Errorf("seal: the key service answered %d to %s", answer.StatusCode, do)
	switch {
	case err != nil:
		return d, awayVault(err)
	case answer.StatusCode == http.StatusForbidden:
		return d, problem.Wrap(problem.Unavailable, "The key service refuses the token, or the token may not "+do+" with this key. Renew it, and see that its policy allows encrypt and decrypt.", status)
	case answer.StatusCode == http.StatusBadRequest || answer.StatusCode == http.StatusNotFound:
		return d, problem.Wrap(problem.Unavailable, "The key service does not know this key, or did not wrap this key file with it. See that --key-service names the right one.", status)
	case answer.StatusCode != http.StatusOK:
		return d, awayVault(status)
	}
	if json.Unmarshal(text, &d) != nil {
		return d, awayVault(errors.New("seal: the answer is not JSON"))
	}
	return d, nil
}

// Format writes a placeholder under every verb, so that no token is printed by
// mistake.
func (v *Vault) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }
