package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A program finds in discovery where it may keep its state, and keeps it there
// with the token that it has for the record; the record's own search shows
// nothing of it.
func TestAProgramKeepsItsState(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		p := newPlant(t, at, "system/*.cruds")
		if w := p.fhir("GET", "/.well-known/smart-configuration", "", ""); !strings.Contains(w.Body.String(), `"associated_endpoints":[{"url":"`+plantIssuer+`/appstate","capabilities":["smart-app-state"]}]`) {
			t.Errorf("%s", w.Body)
		}
		token := p.token("system/*.cruds")
		send := func(method, path, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "/appstate"+path, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			p.handler.ServeHTTP(w, r)
			return w
		}
		if w := send("POST", "/Basic", `{"resourceType":"Basic","code":{"coding":[{"system":"https://app.example","code":"settings"}]},"extension":[{"url":"https://app.example/x","valueString":"for us alone"}]}`); w.Code != http.StatusCreated {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := send("GET", "/Basic?code=https://app.example|settings&subject:missing=true", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "for us alone") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := p.fhir("GET", "/Basic", token, ""); w.Code != 200 || strings.Contains(w.Body.String(), "for us alone") {
			t.Errorf("in the record: %d %s", w.Code, w.Body)
		}
		if w := p.fhir("GET", "/metadata", "", ""); w.Code != 200 {
			t.Errorf("%d", w.Code)
		}
		for _, bad := range []string{"", "Bearer ", "Bearer x", "Basic " + token} {
			r := httptest.NewRequest("GET", "/appstate/Basic?code=https://app.example|settings&subject:missing=true", nil)
			r.Header.Set("Authorization", bad)
			w := httptest.NewRecorder()
			p.handler.ServeHTTP(w, r)
			if w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || strings.Contains(w.Body.String(), "for us") {
				t.Errorf("%q: %d %v %s", bad, w.Code, w.Header(), w.Body)
			}
		}
	})
}
