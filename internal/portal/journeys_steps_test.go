package portal

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// walker is somebody on a journey, with a browser of their own and a device that
// holds their passkey.
type walker struct {
	pl     *play
	name   string
	p      *person // their account; nil for who has none yet
	hand   browsertest.Hand
	device *browsertest.Authenticator
	watch  *browsertest.Watch
}

// comes makes somebody known who goes the journey.
func (pl *play) comes(name string, p *person) *person {
	pl.people[name] = &walker{pl: pl, name: name, p: p}
	return p
}

// sits opens the browser of somebody, who then has nothing but their passkey.
func (a *walker) sits() browsertest.Hand {
	if a.hand.Tab != nil {
		return a.hand
	}
	pl := a.pl
	a.hand = browsertest.Hand{Tab: pl.browser.OpenApart(pl.t, pl.url+"/health-a-to-z"), Keys: pl.keys}
	a.watch = a.hand.Watch()
	a.hand.Sized(pl.width, pl.height)
	if pl.scripts {
		a.plugs()
	}
	return a.hand
}

// plugs gives the browser a device with the passkey of the account.
func (a *walker) plugs() {
	a.device = a.hand.Plug()
	if a.p != nil {
		a.device.Holds(browsertest.Passkey{ID: a.p.cred.ID, Key: a.p.cred.Key.Data, User: a.p.auth.Options.UserHandle, Site: "localhost", Count: a.p.cred.Counter})
	}
}

// neverShown is what no page of any journey may hold: what a template or a
// program writes by mistake, and what is planted in each house about somebody
// whom nobody on the journey may see.
var neverShown = []string{"undefined", "<no value>", "%!", "{{", "}}", "goroutine ", "runtime error", "panic:", "ZgotmplZ", "[object Object]",
	canaryName, canaryNumber, "999 000 7250", canaryText}

const (
	canaryName   = "Quillfeather"
	canaryNumber = "9990007250"
	canaryText   = "Marmalade poisoning"
)

// canary plants somebody whom nobody on a journey may see.
func (pl *play) canary() {
	pl.put(`{"resourceType":"Patient","id":"canary","name":[{"text":"Zeb `+canaryName+`","given":["Zeb"],"family":"`+canaryName+`"}],"birthDate":"1970-01-01","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"`+canaryNumber+`"}]}`,
		`{"resourceType":"Condition","id":"canaryc","code":{"text":"`+canaryText+`"},"recordedDate":"2026-05-01","subject":{"reference":"Patient/canary"}}`)
}

// seen is the page as it is.
type seen struct {
	HTML, Text, Title string
	Wide              float64
}

// line is what somebody reads, on one line.
func (s seen) line() string { return strings.Join(strings.Fields(s.Text), " ") }

// looks reads the page: nothing may be on it that never may, it may not be wider
// than the window, and the browser may not complain.
func (a *walker) looks() seen {
	a.pl.t.Helper()
	s := browsertest.Eval[seen](a.hand.Tab, `({HTML: document.documentElement.outerHTML, Text: document.body.innerText, Title: document.title,
		Wide: document.documentElement.scrollWidth - document.documentElement.clientWidth})`)
	for _, bad := range a.pl.never {
		if strings.Contains(s.HTML, bad) {
			a.pl.t.Errorf("%q holds %q: %s", s.Title, bad, s.Text)
		}
	}
	if a.pl.style != "" && s.Wide > 0 {
		a.pl.t.Errorf("%q is %v pixels wider than the window", s.Title, s.Wide)
	}
	a.watch.None()
	return s
}

// verbs are what people do; "" stands for words.
var verbs = map[string]func(a *walker, args []string){
	"signs in": func(a *walker, _ []string) {
		h := a.sits()
		if a.device == nil { // a passkey needs a script
			a.plugs()
			h.Go(a.pl.url+"/sign-in", "Sign in")
			h.PressesTo("Sign in with a passkey", "")
			h.WithoutScripts()
			return
		}
		h.Go(a.pl.url+"/sign-in", "Sign in")
		h.PressesTo("Sign in with a passkey", "")
		a.looks()
	},
	`opens "" to ""`: func(a *walker, args []string) {
		h := a.sits()
		if !a.pl.scripts {
			h.WithoutScripts()
		}
		h.Go(a.pl.url+args[0], args[1])
		a.looks()
	},
	`presses "" to ""`: func(a *walker, args []string) { a.hand.PressesTo(args[0], args[1]); a.looks() },
	`presses "" and comes to ""`: func(a *walker, args []string) {
		before := a.hand.At()
		a.hand.Presses(args[0])
		a.hand.Arrives(before, args[1])
	},
	`presses ""`:        func(a *walker, args []string) { a.hand.Presses(args[0]) },
	`types "" in ""`:    func(a *walker, args []string) { a.hand.Types(args[1], args[0]) },
	`chooses "" in ""`:  func(a *walker, args []string) { a.hand.Chooses(args[1], args[0]) },
	`ticks ""`:          func(a *walker, args []string) { a.hand.Ticks(args[0]) },
	`attaches "" to ""`: func(a *walker, args []string) { a.hand.Attaches(args[1], a.pl.file(args[0])) },
	`reads ""`: func(a *walker, args []string) {
		if s := a.looks(); !strings.Contains(s.line(), args[0]) {
			a.pl.t.Fatalf("%q does not say %q: %s", s.Title, args[0], s.Text)
		}
	},
	`reads no ""`: func(a *walker, args []string) {
		if s := a.looks(); strings.Contains(s.line(), args[0]) {
			a.pl.t.Errorf("%q says %q: %s", s.Title, args[0], s.Text)
		}
	},
	`goes back to ""`: func(a *walker, args []string) { a.hand.GoesBack(args[0]); a.looks() },
	`keeps the code as ""`: func(a *walker, args []string) {
		a.pl.kept[args[0]] = browsertest.Eval[string](a.hand.Tab, `document.querySelector("code.bevan-shown").innerText`)
	},
	`keeps the address as ""`: func(a *walker, args []string) {
		a.pl.kept[args[0]] = strings.TrimPrefix(browsertest.Eval[string](a.hand.Tab, "location.href"), a.pl.url)
	},
	`keeps what is like "" as ""`: func(a *walker, args []string) {
		m := regexp.MustCompile(args[0]).FindStringSubmatch(a.looks().Text)
		if m == nil {
			a.pl.t.Fatalf("nothing on the page is like %s", args[0])
		}
		a.pl.kept[args[1]] = m[1]
	},
	"takes another device": func(a *walker, _ []string) {
		a.device.Unplug()
		a.device = a.hand.Plug()
	},
	"uses another browser": func(a *walker, _ []string) { a.hand.ForgetCookies() },
	"uses another finger":  func(a *walker, _ []string) { a.device.Knows(false) },
	"uses their finger":    func(a *walker, _ []string) { a.device.Knows(true) },
	`waits until it says ""`: func(a *walker, args []string) {
		a.hand.Until(`document.body.innerText.includes("` + args[0] + `")`)
		a.looks()
	},
}

// file is a made-up file, by what it is called.
func (pl *play) file(name string) string {
	pl.t.Helper()
	files := map[string]string{"letter.pdf": "%PDF-1.7 a letter", "photo.jpg": "\xff\xd8\xff\xda\x00\x02a picture", "program.exe": "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"}
	path := filepath.Join(pl.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(files[name]), 0o600); err != nil || files[name] == "" {
		pl.t.Fatal(name, err)
	}
	return path
}

// asksNobodyElse holds that the browser asked this house, and the apps to which
// somebody went on purpose.
func (a *walker) asksNobodyElse() {
	for _, asked := range a.hand.Asked() {
		ours := strings.HasPrefix(asked, a.pl.url+"/") || strings.HasPrefix(asked, "data:")
		if !ours && !slices.ContainsFunc(a.pl.elsewhere, func(at string) bool { return strings.HasPrefix(asked, at+"/") }) {
			a.pl.t.Errorf("%s's browser asks %s", a.name, asked)
		}
	}
}
