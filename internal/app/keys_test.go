package app

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/descope/virtualwebauthn"
)

// somebody is a person with a passkey and an address, whose account lies sealed
// in the store.
type somebody struct {
	auth    virtualwebauthn.Authenticator
	cred    virtualwebauthn.Credential
	address string
}

const keysOrigin = "https://id.example.org"

var (
	keysSite = virtualwebauthn.RelyingParty{ID: "id.example.org", Name: "Bevan", Origin: keysOrigin}
	fromHere = account.SourceOf(netip.MustParseAddr("192.0.2.1"))
)

// withHouse does something with a house that no server has.
func withHouse(t *testing.T, p place, do func(h *house)) {
	t.Helper()
	h, err := openHouse(t.Context(), p, settings{origin: keysOrigin})
	if err != nil {
		t.Fatal(err)
	}
	do(h)
	if err := h.close(); err != nil {
		t.Error(err)
	}
}

func joined(t *testing.T, h *house, address string) *somebody {
	t.Helper()
	return joinedAt(t, h, address, keysSite)
}

// joinedAt is joined at a site of another address.
func joinedAt(t *testing.T, h *house, address string, at virtualwebauthn.RelyingParty) *somebody {
	t.Helper()
	s := &somebody{auth: virtualwebauthn.NewAuthenticator(), address: address}
	for s.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(s.cred.Key.AttestationData()) != 77; { // the tool leaves zeros out
		s.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	c, err := h.accounts.BeginAccount(t.Context(), fromHere, "Ann")
	if err != nil {
		t.Fatal(err)
	}
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	if err != nil {
		t.Fatal(err)
	}
	s.auth.Options.UserHandle = []byte(o.UserID)
	session, _, err := h.accounts.FinishAccount(t.Context(), c.ID, []byte(virtualwebauthn.CreateAttestationResponse(at, s.auth, s.cred, *o)), "telephone", "Firefox")
	if err == nil {
		_, err = h.accounts.AddChannel(t.Context(), session, notify.Email, address)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opens signs the person in and reads what is sealed for them.
func (s *somebody) opens(t *testing.T, h *house) {
	t.Helper()
	c, err := h.accounts.BeginSignIn(t.Context(), fromHere)
	if err != nil {
		t.Fatal(err)
	}
	o, err := virtualwebauthn.ParseAssertionOptions(string(c.Options))
	if err != nil {
		t.Fatal(err)
	}
	s.cred.Counter++
	session, _, err := h.accounts.FinishSignIn(t.Context(), c.ID, []byte(virtualwebauthn.CreateAssertionResponse(keysSite, s.auth, s.cred, *o)), "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.accounts.Channels(t.Context(), session.Account)
	if err != nil || len(list) != 1 || list[0].Address != s.address {
		t.Errorf("%d addresses, %v", len(list), err)
	}
}

// published are the ids of the keys that a server publishes.
func published(t *testing.T, fhir string) (ids []string) {
	t.Helper()
	status, text := ask(t, "GET", strings.TrimSuffix(fhir, "/fhir")+"/oauth/jwks", "", "")
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil || status != http.StatusOK || len(set.Keys) == 0 {
		t.Fatalf("%d %s %v", status, text, err)
	}
	for _, k := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if k[private] != nil {
				t.Errorf("the part %s of a key is published", private)
			}
		}
		id, _ := k["kid"].(string)
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// bevan keys rotate at the command line, while a server runs: accounts that
// were sealed before open afterwards, the keys that signed before stay
// published, and new ones are beside them.
func TestKeysRotateAtTheCommandLine(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		var ann, bob *somebody
		withHouse(t, p, func(h *house) { ann = joined(t, h, "ann@example.org") })
		rotates(t, p)
		withHouse(t, p, func(h *house) {
			if got := len(h.ring.Info()); got != 2 {
				t.Errorf("%d master keys", got)
			}
			ann.opens(t, h)
			bob = joined(t, h, "bob@example.org")
		})
		if got := bevan(t, p.args("keys", "rotate")...); got.code != exitOK { // with no server
			t.Fatalf("%+v", got)
		}
		withHouse(t, p, func(h *house) { ann.opens(t, h); bob.opens(t, h) })
	})
}

// rotates turns the keys while a server runs on p, and looks at what it
// publishes before and after, and after a new start.
func rotates(t *testing.T, p place) {
	t.Helper()
	flags := p.args("x")[1:]
	data := slices.Index(flags, "--data")
	flags = slices.Delete(slices.Clone(flags), data, data+2)
	url, stop := serving(t, p.Data, flags...)
	before := published(t, url)
	if got := bevan(t, p.args("keys", "rotate")...); got.code != exitOK || strings.Contains(got.out+got.err, "\"d\"") {
		t.Fatalf("%+v", got)
	}
	after := published(t, url)
	stop()
	url, stop = serving(t, p.Data, flags...)
	again := published(t, url)
	stop()
	if len(after) <= len(before) || !slices.Equal(after, again) {
		t.Errorf("before %v, after %v, after a new start %v", before, after, again)
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			t.Errorf("the key %s is published no more", id)
		}
	}
}

// keyServer is a key service on this machine: the two calls of a transit engine.
func keyServer(t *testing.T, token string) (address string, down *atomic.Bool) {
	t.Helper()
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	down = new(atomic.Bool)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Plaintext  []byte `json:"plaintext"`
			Ciphertext string `json:"ciphertext"`
			Context    []byte `json:"associated_data"`
		}
		if down.Load() || r.Header.Get("X-Vault-Token") != token || json.NewDecoder(r.Body).Decode(&q) != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		data := map[string]any{}
		if q.Ciphertext == "" {
			data["ciphertext"] = "vault:v1:" + base64.StdEncoding.EncodeToString(aead.Seal(nil, nil, q.Plaintext, q.Context))
		} else {
			box, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(q.Ciphertext, "vault:v1:"))
			if data["plaintext"], err = aead.Open(nil, nil, box, q.Context); err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
	}))
	t.Cleanup(s.Close)
	return "vault+" + s.URL + "/transit/bevan", down
}

// A store whose keys a service guards: from a plain file to a wrapped one, a
// rotation, and what happens where the service is away or not named.
func TestAKeyServiceGuardsTheKeys(t *testing.T) {
	p := place{Data: filepath.Join(t.TempDir(), "data")}
	token := write(t, filepath.Join(t.TempDir(), "token"), "s.hunter2hunter2\n")
	if err := os.Chmod(token, 0o600); err != nil {
		t.Fatal(err)
	}
	address, down := keyServer(t, "s.hunter2hunter2")
	guarded := place{Data: p.Data, KeyService: address, KeyServiceToken: token}
	with := []string{"--data", p.Data, "--key-service", address, "--key-service-token", token}
	var ann *somebody
	withHouse(t, p, func(h *house) { ann = joined(t, h, "ann@example.org") })
	fails := func(says string, args ...string) {
		t.Helper()
		got := bevan(t, args...)
		if got.code != exitFailed || !strings.Contains(got.err, says) || strings.Contains(got.out+got.err, "hunter2") {
			t.Errorf("%v: %+v", args, got)
		}
	}
	fails("bevan keys wrap", append([]string{"keys", "show"}, with...)...)
	fails("--key-service", "keys", "wrap", "--data", p.Data)
	if got := bevan(t, append([]string{"keys", "wrap"}, with...)...); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	fails("--key-service", "keys", "show", "--data", p.Data)
	fails("--key-service", "serve", "--listen", "127.0.0.1:0", "--data", p.Data)
	fails("--key-service-token", "serve", "--listen", "127.0.0.1:0", "--data", p.Data, "--key-service", address)
	url, stop := serving(t, p.Data, with[2:]...)
	before := published(t, url)
	if got := bevan(t, append([]string{"keys", "rotate"}, with...)...); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	if after := published(t, url); len(after) <= len(before) {
		t.Errorf("%v", after)
	}
	// A rotation without the service changes nothing, and the server goes on.
	down.Store(true)
	fails("key service", append([]string{"keys", "rotate"}, with...)...)
	if status, text := ask(t, "GET", url+"/metadata", "", ""); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	stop()
	fails("key service", append([]string{"serve", "--listen", "127.0.0.1:0"}, with...)...)
	down.Store(false)
	withHouse(t, guarded, func(h *house) {
		if got := len(h.ring.Info()); got != 2 {
			t.Errorf("%d master keys", got)
		}
		ann.opens(t, h)
	})
	if got := bevan(t, append([]string{"keys", "unwrap"}, with...)...); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	withHouse(t, p, func(h *house) { ann.opens(t, h) })
	// A new store is wrapped from its first byte.
	fresh := place{Data: filepath.Join(t.TempDir(), "fresh"), KeyService: address, KeyServiceToken: token}
	withHouse(t, fresh, func(h *house) { ann = joined(t, h, "ann@example.org") })
	withHouse(t, fresh, func(h *house) { ann.opens(t, h) })
	text, err := os.ReadFile(filepath.Join(fresh.Data, keysFile))
	if err != nil || !strings.Contains(string(text), "wrapped_key") || strings.Contains(string(text), "master_keys") {
		t.Errorf("%s %v", text, err)
	}
}
