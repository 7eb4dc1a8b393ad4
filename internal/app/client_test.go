package app

import (
	"path/filepath"
	"strings"
	"testing"
)

// What an operator does with programs, with a server running and without.
func TestProgramsAtTheCommandLine(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		_, keys := newKeys(t, "1")
		_, others := newKeys(t, "2")
		if got := bevan(t, p.args("client", "list")...); got.code != exitOK || !strings.Contains(got.out, "bevan client add") {
			t.Errorf("an empty list: %+v", got)
		}
		for _, served := range []bool{false, true} {
			if served {
				var more []string
				if p.DB != "" {
					more = []string{"--db", p.DB}
				}
				serving(t, p.Data, more...)
			}
			added := bevan(t, p.args("client", "add", "The laboratory", "--jwks", keys, "--scope", "system/Observation.rs?code=a,b", "--scope", "system/Patient.r")...)
			id := added.lastLine()
			if added.code != exitOK || !strings.HasPrefix(id, "app-") || !strings.Contains(added.out, "system/Observation.rs?code=a%2Cb system/Patient.r") {
				t.Fatalf("%+v", added)
			}
			far := bevan(t, p.args("client", "add", "Payer", "--profile", "fapi2", "--jwks-url", "https://payer.example/jwks", "--scope", "system/*.rs")...)
			if far.code != exitOK {
				t.Errorf("%+v", far)
			}
			list := bevan(t, p.args("client", "list")...)
			for _, want := range []string{id, "The laboratory", "system/Patient.r", "keys given", "smart", "fapi2", "keys at https://payer.example/jwks"} {
				if !strings.Contains(list.out, want) {
					t.Errorf("the list lacks %s:\n%s", want, list.out)
				}
			}
			if got := bevan(t, p.args("client", "rotate", id, "--jwks", others)...); got.code != exitOK {
				t.Errorf("%+v", got)
			}
			if got := bevan(t, p.args("client", "rotate", id, "--jwks-url", "https://lab.example/jwks")...); got.code != exitOK {
				t.Errorf("%+v", got)
			}
			if got := bevan(t, p.args("client", "revoke", id, "--reason", "no longer needed")...); got.code != exitOK || !strings.Contains(got.out, "let in no more") {
				t.Errorf("%+v", got)
			}
			if got := bevan(t, p.args("client", "list")...); !strings.Contains(got.out, "revoked") {
				t.Errorf("%+v", got)
			}
			if got := bevan(t, p.args("client", "rotate", id, "--jwks", others)...); got.code != exitFailed || !strings.Contains(got.err, "was revoked") {
				t.Errorf("%+v", got)
			}
		}
		if got := bevan(t, p.args("keys", "rotate")...); got.code != exitOK || !strings.Contains(got.out, "signed with new keys") {
			t.Errorf("%+v", got)
		}
	})
}

// Apps that act for people: one with a secret, which is shown once and made
// anew, and one on a person's device, which has none.
func TestAppsAtTheCommandLine(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		kept := bevan(t, p.args("client", "add", "Run Club", "--proof", "secret", "--redirect", "https://run.example/back", "--launch", "https://run.example/launch", "--scope", "launch/patient openid", "--scope", "patient/*.rs")...)
		_, rest, found := strings.Cut(kept.out, "shown this once: ")
		secret, _, _ := strings.Cut(rest, "\n")
		if kept.code != exitOK || !found || len(secret) < 50 || !strings.Contains(kept.out, "may ask people for these scopes: launch/patient openid patient/*.rs") {
			t.Fatalf("%+v", kept)
		}
		open := bevan(t, p.args("client", "add", "Walk Club", "--proof", "none", "--redirect", "org.example.walk:/back", "--redirect", "http://127.0.0.1/back", "--scope", "patient/*.rs")...)
		if open.code != exitOK || strings.Contains(open.out, "secret") {
			t.Fatalf("%+v", open)
		}
		list := bevan(t, p.args("client", "list")...).out
		if !strings.Contains(list, "a secret") || !strings.Contains(list, "no proof") || strings.Contains(list, secret) {
			t.Errorf("the list is %s", list)
		}
		again := bevan(t, p.args("client", "rotate", kept.lastLine())...)
		if again.code != exitOK || again.lastLine() == secret || len(again.lastLine()) != len(secret) {
			t.Errorf("%+v", again)
		}
		if got := bevan(t, p.args("client", "rotate", open.lastLine())...); got.code != exitFailed || !strings.Contains(got.err, "in another way") {
			t.Errorf("%+v", got)
		}
	})
}

// Each refusal says what to do, and adds nothing.
func TestWhatIsWrongWithAProgramIsSaid(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		_, keys := newKeys(t, "1")
		folder := t.TempDir()
		for _, c := range []struct {
			words []string
			code  int
			says  string
		}{
			{[]string{"client", "add", "X", "--scope", "system/*.rs"}, exitFailed, "public keys"},
			{[]string{"client", "add", "X", "--jwks", keys}, exitUsage, "--scope"},
			{[]string{"client", "add", "X", "--jwks", keys, "--jwks-url", "https://a.example/", "--scope", "system/*.rs"}, exitUsage, "can't be used together"},
			{[]string{"client", "add", "X", "--jwks", filepath.Join(folder, "none.json"), "--scope", "system/*.rs"}, exitFailed, "can not be read"},
			{[]string{"client", "add", "X", "--jwks", write(t, filepath.Join(folder, "a.json"), "{"), "--scope", "system/*.rs"}, exitFailed, "not a set of keys"},
			{[]string{"client", "add", "X", "--jwks", write(t, filepath.Join(folder, "b.json"), strings.Repeat(" ", 70_000)), "--scope", "system/*.rs"}, exitFailed, "64 kB"},
			{[]string{"client", "add", "X", "--jwks-url", "http://a.example/", "--scope", "system/*.rs"}, exitFailed, "https://"},
			{[]string{"client", "add", "X", "--jwks", keys, "--scope", "patient/*.rs"}, exitFailed, "system/"},
			{[]string{"client", "add", "X", "--jwks", keys, "--scope", "everything"}, exitFailed, "system/*.rs"},
			{[]string{"client", "add", "X", "--jwks", keys, "--scope", "system/*.rs", "--profile", "fapi2"}, exitFailed, "P-256"},
			{[]string{"client", "add", "X", "--jwks", keys, "--scope", "system/*.rs", "--profile", "oauth1"}, exitUsage, "smart"},
			{[]string{"client", "revoke", "app-none", "--reason", "x"}, exitFailed, "bevan client list"},
			{[]string{"client", "revoke", "app-none"}, exitUsage, "--reason"},
			{[]string{"client", "add", "X", "--proof", "secret", "--scope", "system/*.rs"}, exitFailed, "proves itself by a key"},
			{[]string{"client", "add", "X", "--proof", "none", "--redirect", "https://a.example/#b", "--scope", "patient/*.rs"}, exitFailed, "no #"},
			{[]string{"client", "add", "X", "--proof", "none", "--redirect", "http://a.example/", "--scope", "patient/*.rs"}, exitFailed, "https://"},
			{[]string{"client", "add", "X", "--proof", "secret", "--jwks", keys, "--redirect", "https://a.example/", "--scope", "patient/*.rs"}, exitFailed, "Leave the keys out"},
			{[]string{"client", "add", "X", "--proof", "none", "--profile", "fapi2", "--redirect", "https://a.example/", "--scope", "patient/*.rs"}, exitFailed, "by a key"},
			{[]string{"client", "rotate", "app-none", "--jwks", keys}, exitFailed, "bevan client list"},
		} {
			got := bevan(t, p.args(c.words...)...)
			if got.code != c.code || !strings.Contains(got.err+got.out, c.says) {
				t.Errorf("%v: %+v", c.words, got)
			}
		}
		if got := bevan(t, p.args("client", "list")...); strings.Contains(got.out, "app-") {
			t.Errorf("something was added: %s", got.out)
		}
	})
}
