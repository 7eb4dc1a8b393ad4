package sim

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

var (
	phone    = regexp.MustCompile(`"system":"phone","value":"([^"]*)"`)
	drama    = regexp.MustCompile(`^(07700 900\d{3}|01632 960\d{3})$`)
	postal   = regexp.MustCompile(`"postalCode":"([^"]*)"`)
	nowhere  = regexp.MustCompile(`^ZZ[1-8]\d \d[A-Z]{2}$`)
	email    = regexp.MustCompile(`[^"@ ]*@([a-z.]+)`)
	hosts    = regexp.MustCompile(`https?://([a-z0-9.-]+)`)
	official = `"system":"https://fhir.nhs.uk/Id/nhs-number","value":"`
	known    = map[string]bool{"loinc.org": true, "snomed.info": true, "hl7.org": true, "www.whocc.no": true,
		"terminology.hl7.org": true, "bevan.example": true, "unitsofmeasure.org": true, "fhir.nhs.uk": true}
)

// found gives the first group of each match, after a quick look whether there can
// be any.
func found(re *regexp.Regexp, s, hint string) (all []string) {
	if !strings.Contains(s, hint) {
		return nil
	}
	for _, m := range re.FindAllStringSubmatch(s, -1) {
		all = append(all, m[1])
	}
	return all
}

// tenDigits gives the runs of exactly ten digits that are no part of a word.
func tenDigits(s string) (all []string) {
	inWord := func(i int) bool {
		return i >= 0 && i < len(s) && strings.IndexByte("0123456789abcdefghijklmnopqrstuvwxyz-", s[i]) >= 0
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || inWord(i-1) {
			continue
		}
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if i-from == 10 && !inWord(i) {
			all = append(all, s[from:i])
		}
	}
	return all
}

// What must not appear: an identifier, address, number or domain that could be
// somebody's. The one NHS address is the name of the NHS number's system.
func TestNothingInItCouldBeSomebodys(t *testing.T) {
	r := region(900, 0.3)
	check := func(one Resource) {
		s := string(one.JSON)
		for _, m := range found(phone, s, `"phone"`) {
			if !drama.MatchString(m) {
				t.Errorf("telephone %s is not in a drama range", m)
			}
		}
		for _, m := range found(postal, s, `"postalCode"`) {
			if !nowhere.MatchString(m) {
				t.Errorf("postcode %s may be real", m)
			}
		}
		for _, m := range found(email, s, "@") {
			if m != "example.org" {
				t.Errorf("e-mail at %s", m)
			}
		}
		for _, m := range found(hosts, s, "http") {
			if !known[m] {
				t.Errorf("the host %s is named", m)
			}
		}
		for _, m := range tenDigits(s) {
			if !strings.HasPrefix(m, "999") {
				t.Errorf("%s looks like a number that may be issued", m)
			}
		}
		rest := strings.ReplaceAll(s, official, "")
		if strings.Contains(rest, "nhs") || strings.Contains(rest, "NHS") {
			t.Errorf("the NHS is named: %s", s)
		}
		if strings.Contains(s, "\n") {
			t.Errorf("a line feed would break NDJSON: %s", s)
		}
	}
	for one := range r.Places() {
		check(one)
	}
	for one := range all(r, 0) {
		check(one)
	}
}

func TestEveryoneSaysThatTheyAreMadeUp(t *testing.T) {
	r := region(60, 0.1)
	for one := range r.Places() {
		if !strings.Contains(string(one.JSON), madeUp) {
			t.Errorf("%s/%s has no mark", one.Type, one.ID)
		}
	}
	for one := range all(r, 0) {
		if one.Type == "Patient" && !strings.Contains(string(one.JSON), madeUp) {
			t.Errorf("Patient %s has no mark", one.ID)
		}
	}
}

func TestEveryReferenceResolvesInTheRegion(t *testing.T) {
	r := region(700, 0.5)
	places := map[string]bool{}
	for one := range r.Places() {
		if places[one.Type+"/"+one.ID] {
			t.Errorf("%s/%s is there twice", one.Type, one.ID)
		}
		places[one.Type+"/"+one.ID] = true
	}
	refs := regexp.MustCompile(`"reference":"([^"]*)"`)
	for one := range r.Places() {
		for _, m := range refs.FindAllStringSubmatch(string(one.JSON), -1) {
			if !places[m[1]] {
				t.Errorf("%s/%s refers to %s, which is not there", one.Type, one.ID, m[1])
			}
		}
	}
	ids := map[string]bool{}
	for _, links := range []Links{ByID, ByURN} {
		r.Links = links
		for n := range r.People {
			mine := map[string]bool{}
			for one := range r.Person(n) {
				name := one.Type + "/" + one.ID
				if links == ByURN {
					name = "urn:uuid:" + one.ID
				}
				mine[name] = true
				if ids[name] {
					t.Fatalf("%s is there twice", name)
				}
				ids[name] = true
			}
			for one := range r.Person(n) {
				for _, m := range refs.FindAllStringSubmatch(string(one.JSON), -1) {
					if !mine[m[1]] && !places[m[1]] {
						t.Errorf("%s/%s refers to %s, which is not there", one.Type, one.ID, m[1])
					}
				}
			}
		}
	}
}

// Labels: what is private says so on every resource of the visit, and some of
// each kind exist, so that consent has something to hide.
func TestSensitiveContentIsLabelled(t *testing.T) {
	secrets := []string{"Chlamydia", "HIV infection", `"Depression"`, "Schizophrenia", "Alcohol dependence",
		"unsafe at home", "Levonorgestrel", "Sertraline", "Olanzapine", "Dolutegravir", "PHQ-9"}
	seen := map[string]int{}
	for one := range all(region(3000, 0.3), 0) {
		s := string(one.JSON)
		label := ""
		if _, after, ok := strings.Cut(s, `"security":[`); ok {
			label, _, _ = strings.Cut(after, `]`)
		}
		for _, l := range sensitivity {
			seen[l.code] += btoi(strings.Contains(label, `ActCode","code":"`+l.code+`"`))
		}
		for _, secret := range secrets {
			if label == "" && strings.Contains(s, secret) {
				t.Errorf("no label on %s", s)
			}
		}
	}
	t.Logf("resources by label: %v", seen)
	for _, s := range sensitivity {
		if seen[s.code] == 0 {
			t.Errorf("nobody has anything labelled %s", s.code)
		}
	}
}

func TestEveryLetterSaysThatItIsMadeUp(t *testing.T) {
	kinds := map[string]int{}
	for one := range all(region(300, 0.5), 0) {
		if one.Type != "DocumentReference" {
			continue
		}
		a := parse(t, one).Get("content").At(0).Get("attachment")
		text, err := base64.StdEncoding.DecodeString(a.Get("data").Str())
		if err != nil || !strings.Contains(string(text), "This letter is made up.") {
			t.Errorf("%v: %s", err, text)
		}
		kind := a.Get("contentType").Str()
		if strings.HasPrefix(string(text), "<!DOCTYPE html>") != (kind == "text/html") {
			t.Errorf("%s: %s", kind, text)
		}
		kinds[kind]++
	}
	if kinds["text/plain"] == 0 || kinds["text/html"] == 0 || len(kinds) != 2 {
		t.Errorf("letters: %v", kinds)
	}
}
