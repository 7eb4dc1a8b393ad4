package account

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// The vectors of RFC 6238, appendix B, and of RFC 4226, appendix D.
func TestTimeCodesAreThoseOfRFC6238(t *testing.T) {
	seed := "1234567890"
	for _, c := range []struct {
		at   int64
		alg  func() hash.Hash
		size int
		want string
	}{
		{59, sha1.New, 20, "94287082"}, {59, sha256.New, 32, "46119246"}, {59, sha512.New, 64, "90693936"},
		{1111111109, sha1.New, 20, "07081804"}, {1111111109, sha256.New, 32, "68084774"}, {1111111109, sha512.New, 64, "25091201"},
		{1111111111, sha1.New, 20, "14050471"}, {1111111111, sha256.New, 32, "67062674"}, {1111111111, sha512.New, 64, "99943326"},
		{1234567890, sha1.New, 20, "89005924"}, {1234567890, sha256.New, 32, "91819424"}, {1234567890, sha512.New, 64, "93441116"},
		{2000000000, sha1.New, 20, "69279037"}, {2000000000, sha256.New, 32, "90698825"}, {2000000000, sha512.New, 64, "38618901"},
		{20000000000, sha1.New, 20, "65353130"}, {20000000000, sha256.New, 32, "77737706"}, {20000000000, sha512.New, 64, "47863826"},
	} {
		secret := []byte(strings.Repeat(seed, 7)[:c.size])
		if got := hotp(c.alg, secret, step(time.Unix(c.at, 0)), 8); got != c.want {
			t.Errorf("at %d: %s, want %s", c.at, got, c.want)
		}
	}
	for i, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := hotp(sha1.New, []byte(seed+seed), int64(i), 6); got != want {
			t.Errorf("counter %d: %s, want %s", i, got, want)
		}
	}
}

func TestACodeIsGoodOneStepToEachSide(t *testing.T) {
	secret, now := []byte("12345678901234567890"), time.Unix(1_700_000_010, 0)
	for d := int64(-4); d <= 4; d++ {
		typed := hotp(sha1.New, secret, step(now)+d, totpDigits)
		at, ok := codeStep(secret, typed[:3]+" "+typed[3:], now)
		if ok != (-1 <= d && d <= 1) || ok && at != step(now)+d {
			t.Errorf("%d steps away: %v, %d", d, ok, at)
		}
	}
	for _, typed := range []string{"", "12345", "1234567", "abcdef", "xxxxxx", "１２３４５６"} {
		if _, ok := codeStep(secret, typed, now); ok {
			t.Errorf("%q is a code", typed)
		}
	}
}

// A table of requests against vectors: RFC 8485's grammar, NHS login's levels.
func TestVectorsOfTrust(t *testing.T) {
	passkey := func(p Proof) Standing { return Standing{Strength: Strong, Proof: p} }
	code := func(p Proof) Standing { return Standing{Strength: Shared, Proof: p} }
	weak := func(p Proof) Standing { return Standing{Strength: Weak, Proof: p} }
	for _, c := range []struct {
		request string
		have    Standing
		vot     string
		want    bool
	}{
		{"", passkey(P9), "P9.Cm", true}, // the default
		{"", passkey(P5), "P5.Cm", false},
		{"", passkey(P0), "P0.Cm", false},
		{"", code(P9), "P0.Ck", false},
		{"", weak(P9), "P0", false},
		{`["P0.Cp"]`, passkey(P9), "P9.Cm", false}, // there are no passwords
		{`["P0.Cm"]`, passkey(P9), "P9.Cm", true},  // more proof than asked
		{`["P5.Cm"]`, passkey(P9), "P9.Cm", true},
		{`["P5.Cp.Cd","P5.Cp.Ck","P5.Cm"]`, passkey(P5), "P5.Cm", true},
		{`["P5.Cp.Cd","P5.Cp.Ck","P5.Cm"]`, passkey(P0), "P0.Cm", false},
		{`["P9.Cp.Ck"]`, code(P9), "P0.Ck", false},
		{`["P9.Ck"]`, code(P9), "P0.Ck", false}, // proof counts behind a passkey only
		{`["P0.Ck"]`, code(P9), "P0.Ck", true},
		{`["P0.Ck"]`, passkey(P9), "P9.Cm", false},
		{`["P0"]`, weak(P0), "P0", true},
		{`["P9"]`, weak(P9), "P0", false},
		{`["P9"]`, code(P9), "P0.Ck", false},
		{`["P9"]`, passkey(P9), "P9.Cm", true},
		{`["Cm"]`, passkey(P0), "P0.Cm", true}, // no level is named
		{`["Cm.P9"]`, passkey(P9), "P9.Cm", true},
		{`["P9.Cm.Cp"]`, passkey(P9), "P9.Cm", false},
		{`["P9.Cm.Ma"]`, passkey(P9), "P9.Cm", false}, // another component, not known here
		{`["P2.Cm"]`, passkey(P9), "P9.Cm", false},    // GOV.UK One Login's number
		{`["P1.Cl.Cm","P9.Cm"]`, passkey(P9), "P9.Cm", true},
	} {
		list, err := ParseRequest(c.request)
		if err != nil {
			t.Errorf("%s: %v", c.request, err)
			continue
		}
		v := c.have.Vector()
		if v.String() != c.vot || Satisfies(v, list) != c.want {
			t.Errorf("%s: %s satisfies it: %v, want %s, %v", c.request, v, !c.want, c.vot, c.want)
		}
	}
	for _, bad := range []string{
		`[]`, `"P9.Cm"`, `P9.Cm`, `[""]`, `["P9."]`, `[".P9"]`, `["P9..Cm"]`, `["p9.Cm"]`, `["P9.cm"]`, `["P9.CM"]`, `["P10"]`, `["P"]`, `["P9 .Cm"]`,
		`["P9.Cm","P9.Cm.Cm"]`, `["P0.P9"]`, `["Pa"]`, `[null,1]`, `{"a":"P9"}`, `["P9.Cm"`, `["P９.Cm"]`, `["Ca.Cb.Cc.Cd.Ce.Cf.Cg.Ch.Ci"]`,
		"[" + strings.Repeat(`"P0",`, 20) + `"P0"]`, "[" + strings.Repeat(" ", 2000) + `"P0"]`, "null",
	} {
		if list, err := ParseRequest(bad); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s is read as %v", bad, list)
		}
	}
}

// More proof and a stronger sign-in never satisfy less, but for a request that
// names the weaker sign-in.
func TestMoreTrustSatisfiesMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		levels := []Proof{P0, P5, P9}
		low := rapid.IntRange(0, 2).Draw(rt, "low")
		high := rapid.IntRange(low, 2).Draw(rt, "high")
		v, err := ParseVector(rapid.StringMatching(`P[0-9](\.C[klmp]){0,2}`).Draw(rt, "request"))
		if err != nil {
			return // a component stands twice
		}
		a := Standing{Strength: Strong, Proof: levels[low]}.Vector()
		b := Standing{Strength: Strong, Proof: levels[high]}.Vector()
		if Satisfies(a, []Vector{v}) && !Satisfies(b, []Vector{v}) {
			rt.Fatalf("%s is enough for %s, and %s is not", a, v, b)
		}
	})
}

// Each action is refused without each of the facts that it needs.
func TestActionsNeedWhatTheyNeed(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	full := Standing{Strength: Strong, Proof: P9, Record: "Patient/1"}
	for act := Action(1); act < actions; act++ {
		d := demands[act]
		if d.fresh <= 0 || act.Fresh() != d.fresh {
			t.Errorf("action %d has no bound", act)
		}
		if got := act.Lacks(full, now, now); got != NeedNothing {
			t.Errorf("action %d lacks %d", act, got)
		}
		if got := act.Lacks(full, now.Add(-d.fresh+time.Second), now); got != NeedNothing {
			t.Errorf("action %d, just fresh, lacks %d", act, got)
		}
		for _, at := range []time.Time{now.Add(-d.fresh), now.Add(-time.Hour), now.Add(time.Second), {}} {
			if got := act.Lacks(full, at, now); got != NeedAgain {
				t.Errorf("action %d, verified at %v, lacks %d", act, at, got)
			}
		}
		for _, weak := range []Strength{Weak, Shared} {
			s := full
			s.Strength = weak
			if got := act.Lacks(s, now, now); got != NeedPasskey {
				t.Errorf("action %d, strength %d, lacks %d", act, weak, got)
			}
		}
		for _, p := range []Proof{P0, P5} {
			s := full
			s.Proof = p
			if got, want := act.Lacks(s, now, now), p < d.proof; (got == NeedProof) != want {
				t.Errorf("action %d, P%d, lacks %d", act, p, got)
			}
		}
		s := full
		s.Record = ""
		if got := act.Lacks(s, now, now); (got == NeedRecord) != d.record {
			t.Errorf("action %d, no record, lacks %d", act, got)
		}
	}
	for _, none := range []Action{0, -1, actions} {
		if none.Lacks(full, now, now) == NeedNothing || none.Fresh() != 0 {
			t.Error("an action that is none is allowed")
		}
	}
	said := map[string]bool{}
	for n := NeedPasskey; n <= NeedRecord; n++ {
		err := n.Problem()
		refused(t, "a need", err, problem.Forbidden)
		if said[problem.Sentence(err)] {
			t.Errorf("need %d has no words of its own", n)
		}
		said[problem.Sentence(err)] = true
	}
	if NeedNothing.Problem() != nil {
		t.Error("nothing is refused")
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(DefaultRequest)
	f.Add(`["P0.Cm","Cm.P5"]`)
	f.Fuzz(func(t *testing.T, s string) {
		list, err := ParseRequest(s)
		if err != nil {
			return
		}
		for _, v := range list {
			again, err := ParseVector(v.String())
			if err != nil || again != v {
				t.Errorf("%q gives %q, which gives %q, %v", s, v, again, err)
			}
		}
	})
}

func FuzzSecret(f *testing.F) {
	secret, _ := newSecret()
	f.Add(secret)
	f.Add(sessionPrefix + strings.Repeat("0", 52))
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := secretHash(s)
		if b, other := secretHash(s + " "); ok && (other || a == b) {
			t.Errorf("%q has two texts", s)
		}
	})
}

func FuzzReadRecoveryCode(f *testing.F) {
	shown, _ := newRecoveryCode()
	f.Add(shown)
	f.Add("OIL00-11111 abcde fghjk")
	f.Fuzz(func(t *testing.T, s string) {
		plain, ok := readRecoveryCode(s)
		if !ok {
			return
		}
		if again, ok := readRecoveryCode(plain); !ok || again != plain || len(plain) != recoverySize {
			t.Errorf("%q is read as %q and then as %q", s, plain, again)
		}
	})
}

func FuzzReadAddress(f *testing.F) {
	f.Add("email", "Ann@Example.org")
	f.Add("phone", "0044 (7700) 900-123")
	f.Fuzz(func(t *testing.T, m, s string) {
		got, err := readAddress(notify.Medium(m), s)
		if err != nil {
			return
		}
		if again, err := readAddress(notify.Medium(m), got); err != nil || again != got || strings.ContainsAny(got, "\r\n\x00 ") {
			t.Errorf("%q is read as %q and then as %q, %v", s, got, again, err)
		}
	})
}

func FuzzSetupFile(f *testing.F) {
	f.Add("ABCDEFGH 1700000000\n", "abcd-efgh")
	f.Fuzz(func(t *testing.T, file, typed string) {
		code, _, err := parseSetupFile(file)
		if err == nil && (len(code) != setupSize || strings.Trim(code, setupLetters) != "") {
			t.Errorf("%q is a code", code)
		}
		if got := readSetupCode(typed); got != "" && readSetupCode(got) != got {
			t.Errorf("%q is read as %q", typed, got)
		}
	})
}

// What a browser sends is read by the library; it may be refused, and no more.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"authenticatorData":"AAAA","clientDataJSON":"e30","signature":"AA","userHandle":"AA"}}`))
	f.Add([]byte(`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"attestationObject":"o2NmbXRkbm9uZQ","clientDataJSON":"e30"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := parseAssertion(b); err == nil && p == nil {
			t.Error("read, and nothing there")
		}
		if p, err := parseCreation(b); err == nil && p == nil {
			t.Error("read, and nothing there")
		}
	})
}
