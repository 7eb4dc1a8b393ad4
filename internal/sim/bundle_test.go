package sim

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
)

func TestATransactionCreatesAHousehold(t *testing.T) {
	r := region(100, 0.3)
	r.Links = ByURN
	tree, err := fhir.Parse(Transaction(nil, r.Household(7)), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	root := tree.Root()
	if !root.Get("resourceType").Is("Bundle") || !root.Get("type").Is("transaction") {
		t.Fatal("not a transaction Bundle")
	}
	n := 0
	for one := range r.Household(7) {
		entry := root.Get("entry").At(n)
		resource, request := entry.Get("resource"), entry.Get("request")
		switch {
		case string(resource.Raw()) != string(one.JSON):
			t.Errorf("entry %d is another resource", n)
		case !entry.Get("fullUrl").Is("urn:uuid:" + one.ID), one.Kept, resource.Get("id").Exists():
			t.Errorf("entry %d: the server is to give the id: %s", n, resource.Raw())
		case !request.Get("method").Is("POST"), !request.Get("url").Is(one.Type):
			t.Errorf("entry %d: the request is %s", n, request.Raw())
		}
		n++
	}
	if got := root.Get("entry").Len(); got != n || n == 0 {
		t.Errorf("%d entries, want %d", got, n)
	}
}

func TestATransactionPutsPlacesUnderTheirIDs(t *testing.T) {
	r := region(100, 1)
	r.Links = ByURN
	tree, err := fhir.Parse(Transaction(nil, r.Places()), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for entry := range tree.Root().Get("entry").Items() {
		resource := entry.Get("resource")
		name := resource.Get("resourceType").Str() + "/" + resource.Get("id").Str()
		if !entry.Get("request").Get("method").Is("PUT") || !entry.Get("request").Get("url").Is(name) ||
			!entry.Get("fullUrl").Is(server+name) {
			t.Errorf("%s: %s", name, entry.Get("request").Raw())
		}
		n++
	}
	if n < 50 {
		t.Errorf("only %d places", n)
	}
}

func TestATransactionOfNothingHasNoEntry(t *testing.T) {
	empty := func(func(Resource) bool) {}
	if got := string(Transaction([]byte("x"), empty)); got != `x{"resourceType":"Bundle","type":"transaction"}` {
		t.Error(got)
	}
}

func TestTypesAreAllThatIsMade(t *testing.T) {
	r := region(2500, 0.2)
	seen := map[string]bool{}
	for one := range r.Places() {
		seen[one.Type] = true
	}
	for one := range all(r, 0) {
		seen[one.Type] = true
	}
	for _, typ := range Types() {
		if !seen[typ] {
			t.Errorf("%s is never made", typ)
		}
		delete(seen, typ)
	}
	for typ := range seen {
		t.Errorf("%s is not in Types", typ)
	}
}

func TestTextIsEscaped(t *testing.T) {
	tree, err := fhir.Parse(appendText(nil, "a\"b\\c\nd\te\x01é"), fhir.Limits{})
	if err != nil || tree.Root().Str() != "a\"b\\c\nd\te\x01é" {
		t.Errorf("%v", err)
	}
}

func TestDecimalsKeepTheirPlaces(t *testing.T) {
	for want, in := range map[string][2]int{"3.35": {335, 2}, "-0.5": {-5, 1}, "0.05": {5, 2}, "120": {120, 0}, "10.0": {100, 1}} {
		if got := string(appendDecimal(nil, in[0], in[1])); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
	if s := string(appendUID(nil, newUID(1, 2))); len(s) != 36 || s[14] != '8' || !strings.Contains("89ab", s[19:20]) {
		t.Errorf("%s is not a UUID of version 8", s)
	}
}
