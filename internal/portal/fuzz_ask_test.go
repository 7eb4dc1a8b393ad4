package portal

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// Whatever an address is, a policy has one more place or none, and that place
// is the address's own.
func FuzzPlaceOf(f *testing.F) {
	for _, s := range []string{"https://app.example/back", "http://[::1]:1/", "org.example:/x", "https://a;b/", "https://a b/", "'self'", "*", "https://*/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := placeOf(address)
		if got == "" {
			return
		}
		if strings.ContainsAny(got, " ;,'*\t\n\r") || strings.Count(policyTo(got), ";") != strings.Count(policy, ";") {
			t.Fatalf("%q is %q", address, got)
		}
		u, err := url.Parse(address)
		if err != nil || !strings.EqualFold(u.Scheme, strings.SplitN(got, ":", 2)[0]) || strings.Contains(got, "//") && !strings.HasSuffix(got, "//"+u.Host) {
			t.Fatalf("%q is %q", address, got)
		}
	})
}

// A day in three parts is one exactly where the standard library reads the same
// day from one line.
func FuzzReadDay(f *testing.F) {
	for _, s := range [][3]string{{"31", "3", "1950"}, {"30", "2", "2027"}, {"0", "1", "2000"}, {"+1", "1", "2000"}, {" 1 ", "01", "0001"}, {"", "", ""}, {"1", "13", "2000"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, day, month, year string) {
		at, empty, ok := readDay(day, month, year, time.UTC)
		d, m, y := strings.TrimSpace(day), strings.TrimSpace(month), strings.TrimSpace(year)
		if empty != (d+m+y == "") || empty && ok {
			t.Fatalf("%q %q %q: empty is %v", day, month, year, empty)
		}
		pad := func(s string) string {
			if len(s) == 1 {
				return "0" + s
			}
			return s
		}
		want, err := time.Parse(time.DateOnly, fmt.Sprintf("%s-%s-%s", y, pad(m), pad(d)))
		if y == "0000" {
			err = fmt.Errorf("no year")
		}
		if ok != (err == nil) || ok && !at.Equal(want) {
			t.Fatalf("%q %q %q is %v, %v; want %v, %v", day, month, year, at, ok, want, err)
		}
	})
}

// Whatever scopes an app asks for and whatever is ticked, no more is given than
// was asked.
func FuzzAWish(f *testing.F) {
	f.Add("patient/*.cruds user/Observation.rs?category=a|b openid", "none/Observation.look", true)
	f.Add("patient/Observation.read patient/Observation.write", "patient/Observation.write", false)
	f.Add("patient/Ob.dus user/*.s?x=y launch/patient", "*", false)
	f.Fuzz(func(t *testing.T, asked, ticked string, own bool) {
		if len(asked) > 500 { // long lists say nothing new, and take long
			return
		}
		w := newWish(asked, own, access.PatientLevel, access.UserLevel)
		for _, ticks := range []func(string) bool{func(string) bool { return true }, func(k string) bool { return k == ticked }, func(k string) bool { return k != ticked }} {
			if got := strings.Join(w.granted(ticks), " "); !client.ScopesWithin(got, asked) {
				t.Fatalf("%q with %q gives %q", asked, ticked, got)
			}
		}
	})
}
