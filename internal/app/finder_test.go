package app

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// inside opens a house without a server, with resources in it.
func inside(t *testing.T, p place, bodies ...string) *house {
	t.Helper()
	h, err := openHouse(t.Context(), p, settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	s, err := h.session(t.Context(), access.Operator("test"), access.Import)
	if err != nil {
		t.Fatal(err)
	}
	var ops []record.Op
	for _, body := range bodies {
		tree := new(fhir.Tree)
		if err := fhir.ParseInto(tree, []byte(body), fhir.DefaultLimits); err != nil {
			t.Fatal(err)
		}
		root := tree.Root()
		ops = append(ops, record.Op{Method: record.Put, Key: record.Key{Type: root.Get("resourceType").Str(), ID: root.Get("id").Str()}, Body: tree})
	}
	if _, err := s.Transact(t.Context(), ops); err != nil {
		t.Fatal(err)
	}
	return h
}

// Records are found by number and by birth date, each look is in the access
// log under the name of whoever claims, and nothing else can be done by it.
func TestRecordsAreFoundForProof(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		h := inside(t, p,
			`{"resourceType":"Patient","id":"ann","birthDate":"1980-03-31","name":[{"family":"Hill","given":["Ann"]}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`,
			`{"resourceType":"Patient","id":"amy","birthDate":"1980-03-31","name":[{"family":"Hill","given":["Amy"]}]}`,
			`{"resourceType":"Patient","id":"bob","birthDate":"1950-01-02","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000034"},{"system":"https://other.example","value":"9990000018"}]}`,
			`{"resourceType":"Patient","id":"old","birthDate":"1980"}`,
			`{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`)
		f := finder{h.door}
		for _, c := range []struct {
			number, birth string
			want          string
		}{
			{"", "1980-03-31", "amy ann"}, {"9990000034", "1980-03-31", "amy ann bob"}, {"9990000018", "", "ann"}, {"9990000018", "1980-03-31", "amy ann"},
			{"", "1999-01-01", ""}, {"9990000085", "", ""}, {"", "", ""},
		} {
			found, all, err := f.Find(t.Context(), "account:someone", match.Details{NHSNumber: c.number, Birth: c.birth})
			if err != nil || !all {
				t.Fatalf("%+v: %v", c, err)
			}
			got := map[string]bool{}
			for _, p := range found {
				got[p.Patient] = true
			}
			for _, id := range strings.Fields(c.want) {
				if !got[id] {
					t.Errorf("%+v does not find %s", c, id)
				}
			}
			if len(found) != len(strings.Fields(c.want)) {
				t.Errorf("%+v finds %v", c, got)
			}
		}
		if c, err := f.Patient(t.Context(), "account:someone", "ann"); err != nil || c.NHSNumber != "9990000018" || c.Given[0] != "Ann" {
			t.Errorf("%+v %v", c, err)
		}
		for _, id := range []string{"nobody", "o", "a/b", ""} {
			if _, err := f.Patient(t.Context(), "account:someone", id); err == nil {
				t.Errorf("%q is somebody", id)
			}
		}
		s, err := f.session(t.Context(), "account:someone")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(t.Context(), record.Key{Type: "Observation", ID: "o"}, 0); !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
			t.Errorf("more than people is read: %v", err)
		}
		if n := looks(t, h, "match for account:someone"); n < 8 {
			t.Errorf("%d looks are in the access log", n)
		}
	})
}

// looks counts the entries of the access log in a name.
func looks(t *testing.T, h *house, actor string) (n int) {
	t.Helper()
	err := h.log.Each(t.Context(), audit.Filter{}, func(e *audit.Entry) error {
		if strings.Contains(fmt.Sprintf("%+v", *e), actor) {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What an operator does with providers, with a server running and without.
func TestProvidersAtTheCommandLine(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		if got := bevan(t, p.args("upstream", "list")...); got.code != exitOK || !strings.Contains(got.out, "bevan upstream add") {
			t.Errorf("an empty list: %+v", got)
		}
		for _, served := range []bool{false, true} {
			id, issuer := "nhs-login", "https://auth.example.org"
			if served {
				var more []string
				if p.DB != "" {
					more = []string{"--db", p.DB}
				}
				serving(t, p.Data, more...)
				id, issuer = "one-login", "https://oidc.example.org/"
			}
			add := p.args("upstream", "add", id, "A login", "--issuer", issuer, "--client-id", "bevan")
			if served {
				add = append(add, "--profile", "govuk", "--trust", "P2=P9")
			} else {
				add = append(add, "--profile", "nhs")
			}
			added := bevan(t, add...)
			if added.code != exitOK || !strings.Contains(added.out, "/upstream/"+id+"/return") || !strings.HasPrefix(added.lastLine(), `{"use":"sig","kty":`) || strings.Contains(added.out, `"d":`) {
				t.Fatalf("%+v", added)
			}
			if got := bevan(t, add...); got.code == exitOK || !strings.Contains(got.err, "already") {
				t.Errorf("twice: %+v", got)
			}
			if got := bevan(t, p.args("upstream", "list")...); !strings.Contains(got.out, id) || !strings.Contains(got.out, issuer) {
				t.Errorf("the list lacks it: %+v", got)
			}
			if got := bevan(t, p.args("upstream", "remove", id)...); got.code != exitOK {
				t.Errorf("%+v", got)
			}
			if got := bevan(t, p.args("upstream", "list")...); !strings.Contains(got.out, "removed") {
				t.Errorf("it is still there: %+v", got)
			}
		}
		for _, bad := range [][]string{{"--trust", "P9"}, {"--trust", "P2=P7"}, {"--trust", "=P9"}, {"--sign", "HS256"}, {"--vtr", "P9"}} {
			got := bevan(t, append(p.args("upstream", "add", "x", "X", "--issuer", "https://x.example", "--client-id", "b"), bad...)...)
			if got.code == exitOK {
				t.Errorf("%v is taken: %+v", bad, got)
			}
		}
		if got := bevan(t, p.args("upstream", "remove", "none")...); got.code == exitOK {
			t.Errorf("%+v", got)
		}
	})
}

// When a record turns out not to be somebody's, what they allowed about it ends,
// and nothing else.
func TestPermissionsAboutARecordEnd(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		h := inside(t, p, `{"resourceType":"Patient","id":"ann"}`)
		keys, err := os.ReadFile(second(newKeys(t, "1")))
		if err != nil {
			t.Fatal(err)
		}
		cl, _, err := h.apps.Add(t.Context(), client.Spec{Name: "App", Profile: client.SMART, Proof: client.ByKey, Keys: string(keys),
			Grants: []string{client.ClientCredentials}, Scopes: "system/Patient.rs"})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range [][2]string{{"someone", "ann"}, {"someone", "bob"}, {"other", "ann"}} {
			if _, err := h.apps.Allow(t.Context(), client.Grant{Client: cl.ID, Account: g[0], Context: client.Context{Patient: g[1]}, Scopes: "patient/Patient.rs"}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := (permissions{h.apps}).EndAbout(t.Context(), "someone", "ann"); err != nil {
				t.Fatal(err)
			}
		}
		for account, want := range map[string]int{"someone": 1, "other": 1} {
			left, err := h.apps.Given(t.Context(), account)
			if err != nil || len(left) != want || account == "someone" && left[0].Patient != "bob" {
				t.Errorf("%s has allowed %+v: %v", account, left, err)
			}
		}
	})
}

func second[A, B any](_ A, b B) B { return b }
