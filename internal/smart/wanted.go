package smart

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// wanted is the scopes that an app asks a person for, each once: those that it
// may have, and of each as much as it may. What is not understood, or is not
// the app's to ask, is left out (RFC 6749 section 3.3), and the answer says
// what was given.
func wanted(text string, cl client.Client) (string, *fault) {
	if len(text) > access.MaxScopes || strings.Count(text, " ") > maxScopes {
		return "", faulty(invalidScope, "These are too many scopes. Ask for fewer, such as patient/*.rs.")
	}
	allowed := strings.Fields(cl.Scopes)
	var may []access.SMARTScope
	for _, w := range allowed {
		if s, ok := access.ParseSMART(w); ok {
			may = append(may, s)
		}
	}
	var out []string
	for w := range strings.SplitSeq(text, " ") {
		s, ok := access.ParseSMART(w)
		switch {
		case ok && s.Level != access.SystemLevel:
			w = within(s, may)
		case ok, !slices.Contains(allowed, w), w == client.Introspect, keeps(w) && !slices.Contains(cl.Grants, client.RefreshToken):
			w = ""
		}
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return "", faulty(invalidScope, "The app asks for nothing that it may have here. Ask for scopes that it was registered with.")
	}
	return strings.Join(out, " "), nil
}

// keeps says whether a scope asks for a refresh token.
func keeps(scope string) bool { return scope == "offline_access" || scope == "online_access" }

// within is a scope with those of its letters that are allowed; "" for none.
func within(s access.SMARTScope, may []access.SMARTScope) string {
	if s.Within(may) {
		return s.String()
	}
	_, query, restricted := strings.Cut(s.String(), "?")
	typ := s.Type
	if typ == "" {
		typ = "*"
	}
	letters := ""
	for _, l := range "cruds" {
		text := s.Level.String() + "/" + typ + "." + string(l)
		if restricted {
			text += "?" + query
		}
		if one, ok := access.ParseSMART(text); ok && one.Verbs&s.Verbs == one.Verbs && one.Within(may) {
			letters += string(l)
		}
	}
	if letters == "" {
		return ""
	}
	if restricted {
		letters += "?" + query
	}
	return s.Level.String() + "/" + typ + "." + letters
}

// aboutRecords says whether scopes are about what the FHIR interface holds.
func aboutRecords(scopes string) bool {
	for w := range strings.FieldsSeq(scopes) {
		if _, ok := access.ParseSMART(w); ok || w == "launch" || strings.HasPrefix(w, "launch/") {
			return true
		}
	}
	return false
}
