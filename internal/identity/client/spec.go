package client

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Profile is the set of rules that a client is held to. SMART App Launch 2.2
// and FAPI 2.0 contradict each other, so a client follows one of them.
type Profile string

// The profiles.
const (
	SMART Profile = "smart"
	FAPI2 Profile = "fapi2"
)

// Algorithms are those that a client of the profile may sign with: SMART 2.2,
// client-confidential-asymmetric; FAPI 2.0 Security Profile section 5.4.
func (p Profile) Algorithms() []string {
	switch p {
	case SMART:
		return []string{"RS384", "ES384"}
	case FAPI2:
		return []string{"PS256", "ES256", "EdDSA"}
	}
	return nil
}

// Proof is how a client proves who it is.
type Proof string

// The ways of proof.
const (
	NoProof  Proof = "none" // a public client: an app on somebody's device
	BySecret Proof = "secret"
	ByKey    Proof = "key" // private_key_jwt
)

// The grant types of OAuth that are known here.
const (
	ClientCredentials = "client_credentials"
	AuthorizationCode = "authorization_code"
	RefreshToken      = "refresh_token"
	// DeviceCode is the device flow (RFC 8628).
	DeviceCode = "urn:ietf:params:oauth:grant-type:device_code"
	// TokenExchange gives a token for a token (RFC 8693).
	TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
)

var grantTypes = []string{ClientCredentials, AuthorizationCode, RefreshToken, DeviceCode, TokenExchange}

// words is a list of words.
type words []string

func (w words) has(s string) bool { return slices.Contains(w, s) }

// Spec is what the operator says of a client.
type Spec struct {
	// Name is what people see, up to 100 characters.
	Name    string
	Profile Profile
	Proof   Proof
	// Keys are its public keys as a JWK Set, or KeysURL is where they are.
	Keys, KeysURL string
	// PrivateNetwork lets its keys be fetched from an address that is not on
	// the public Internet.
	PrivateNetwork bool
	// Redirects are where people may be sent back to.
	Redirects []string
	// Logouts are where people may be sent back to when they signed out.
	Logouts []string
	// LaunchURL is where the app is opened from our pages; may be empty.
	LaunchURL string
	// Scopes are the most that it may ask for, with blanks between them.
	Scopes string
	// Grants are the grant types that it may use.
	Grants words
	// Uses is what a program that asks by itself uses data for: Research, which
	// is research and planning; Unstated is the service's own work.
	Uses access.Purpose
}

// Introspect is the scope of programs that may ask about tokens of others. It
// is not one of SMART's.
const Introspect = "introspect"

// ActForOthers is the scope by which somebody lets an app act for those whom
// they act for, such as their children. Without it an app that they let in has
// to do with their own record and no other. It is not one of SMART's.
const ActForOthers = "act_for_others"

// plainScopes are those that name no resources.
var plainScopes = []string{"openid", "fhirUser", "profile", "email", "phone", "offline_access", "online_access", "launch", "launch/patient", "launch/encounter", Introspect, ActForOthers}

// checked is the spec in its one form, or a problem that says what to mend.
func (s Spec) checked() (Spec, error) {
	switch {
	case s.Name == "" || !utf8.ValidString(s.Name) || utf8.RuneCountInString(s.Name) > 100 || !printable(s.Name) || strings.TrimSpace(s.Name) == "":
		return Spec{}, bad("A client needs a name of one line and up to 100 characters. Choose one that people will know it by.").Because("client-name")
	case s.Profile != SMART && s.Profile != FAPI2:
		return Spec{}, bad("The profile is smart or fapi2. Choose one of them.").Because("client-profile")
	case s.Proof != NoProof && s.Proof != BySecret && s.Proof != ByKey:
		return Spec{}, bad("A client proves itself by none, secret or key. Choose one of them.").Because("client-proof")
	case s.Profile == FAPI2 && s.Proof != ByKey:
		return Spec{}, bad("A fapi2 client proves itself by a key. Give its public keys, or use the profile smart.").Because("client-fapi-key")
	case len(s.Grants) == 0 || slices.ContainsFunc(s.Grants, func(g string) bool { return !slices.Contains(grantTypes, g) }):
		return Spec{}, bad("A client uses client_credentials, authorization_code, refresh_token, device_code or token-exchange. Name at least one, as its standard writes it.").Because("client-grants")
	case s.Grants.has(ClientCredentials) && s.Proof != ByKey:
		return Spec{}, bad("A program that asks by itself proves itself by a key. Give its public keys.").Because("client-program-key")
	case s.Grants.has(TokenExchange) && !s.Grants.has(AuthorizationCode) && !s.Grants.has(DeviceCode):
		return Spec{}, bad("A program exchanges tokens that people gave it. Name authorization_code as well.").Because("client-exchange")
	case s.Grants.has(DeviceCode) && s.Profile == FAPI2:
		return Spec{}, bad("The device flow is not one of FAPI 2.0. Use the profile smart.").Because("client-fapi-device")
	case s.Grants.has(AuthorizationCode) == (len(s.Redirects) == 0):
		return Spec{}, bad("Addresses to send people back to belong to the grant type authorization_code, which needs at least one. Give both or neither.").Because("client-redirects")
	}
	if s.LaunchURL != "" && (!GoodRedirect(s.LaunchURL) || len(s.Redirects) == 0) {
		return Spec{}, bad("The address at which an app is opened is whole and begins with https://. It belongs to an app that people are sent back to.").Because("client-launch")
	}
	for _, u := range slices.Concat(s.Redirects, s.Logouts) {
		if !GoodRedirect(u) {
			return Spec{}, bad("An address to send people back to is whole, begins with https://, and has no # and no user name. An app on a device may use http://127.0.0.1 or a name of its own such as org.example.app:/back.").Because("client-redirect")
		}
	}
	var err error
	if s.Scopes, err = s.checkedScopes(); err != nil {
		return Spec{}, err
	}
	if len(s.Redirects) > maxRedirects || len(s.Logouts) > maxRedirects {
		return Spec{}, bad("These are too many addresses to send people back to. A client may have 20.").Because("client-redirects-many")
	}
	if err := s.checkUses(); err != nil {
		return Spec{}, err
	}
	return s, s.checkKeys()
}

// bad refuses a spec. Each call names its reason.
func bad(sentence string) *problem.Problem { return problem.New(problem.Invalid, sentence) }

// maxRedirects is how many addresses to send people back to a client may have.
const maxRedirects = 20

func (s Spec) checkKeys() error {
	if s.Proof != ByKey {
		if s.Keys != "" || s.KeysURL != "" {
			return problem.New(problem.Invalid, "Keys belong to a client that proves itself by them. Leave the keys out, or choose key.").Because("client-keys-unasked")
		}
		return nil
	}
	if (s.Keys == "") == (s.KeysURL == "") {
		return problem.New(problem.Invalid, "Give the client's public keys, or the address where they are: one of the two.").Because("client-keys-one")
	}
	if s.Keys != "" {
		set, err := ParseKeys([]byte(s.Keys))
		if err != nil {
			return err
		}
		return set.check(s.Profile)
	}
	u, err := url.Parse(s.KeysURL)
	if err != nil || len(s.KeysURL) > 1000 || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || strings.ContainsAny(s.KeysURL, " \t\r\n") {
		return problem.New(problem.Invalid, "The address of the keys begins with https:// and has no # and no user name. Mend it.").Because("client-keys-address")
	}
	return nil
}

// checkedScopes is the list of scopes with each once. What is not understood is
// refused: the operator should not believe that it was allowed.
func (s Spec) checkedScopes() (string, error) {
	if len(s.Scopes) > access.MaxScopes {
		return "", problem.New(problem.TooLarge, "These are too many scopes. Use fewer, such as system/*.rs.").Because("client-scopes-many")
	}
	var out words
	for _, w := range strings.Fields(s.Scopes) {
		sc, ok := access.ParseSMART(w)
		alone := len(s.Grants) == 1 && s.Grants.has(ClientCredentials)
		switch {
		case !ok && !slices.Contains(plainScopes, w):
			return "", problem.New(problem.Invalid, "One of the scopes is not known here. A scope looks like system/Observation.rs, or system/*.rs for every type.").Because("client-scope-unknown")
		case alone && w != Introspect && sc.Level != access.SystemLevel:
			return "", problem.New(problem.Invalid, "A program that asks by itself has scopes that begin with system/. Mend the list.").Because("client-scope-system")
		}
		if ok {
			w = sc.String()
		}
		if !out.has(w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return "", problem.New(problem.Invalid, "A client has to be allowed something. Name its scopes, such as system/*.rs.").Because("client-scopes-none")
	}
	return strings.Join(out, " "), nil
}

// printable says whether a text is of letters, numbers and signs that can be
// seen, and plain blanks: none that turns the line around or hides.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// GoodRedirect says whether people may be sent to an address: RFC 9700 section 2.1 and
// RFC 8252 section 7.
func GoodRedirect(text string) bool {
	u, err := url.Parse(text)
	if err != nil || len(text) > 1000 || u.Fragment != "" || strings.Contains(text, "#") || u.User != nil || strings.ContainsAny(text, " \t\r\n*\\") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Host != ""
	case "http":
		ip, err := netip.ParseAddr(u.Hostname())
		return err == nil && ip.IsLoopback()
	}
	// A scheme of an app's own is a domain name backwards, so that it is
	// nobody else's and never one that a browser runs.
	return strings.Contains(u.Scheme, ".") && u.Host == ""
}
