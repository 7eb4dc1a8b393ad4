package app

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/go-jose/go-jose/v4"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// fhirclient is the library that most SMART apps are made with, as npm has it.
const (
	fhirclient    = "fhirclient@2.6.3"
	fhirclientSum = "CirZixcwWelbkIXxpxlNQx5+ZdJirl6F1s4y4yvA1X7hHAkr9n99aVHaMi0wX+97nATjKQ65X6NB5as/wZoJzg=="
)

// theirLibrary fetches the script of fhirclient for browsers. Without npm, or
// where it can not be had, the test is skipped.
func theirLibrary(t *testing.T) []byte {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("skipped: npm is not here, and fetches the library that apps are made with")
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	dir := t.TempDir()
	pack := exec.CommandContext(ctx, "npm", "pack", fhirclient, "--ignore-scripts", "--prefer-offline", "--silent")
	pack.Dir = dir
	if out, err := pack.CombinedOutput(); err != nil {
		t.Skipf("skipped: %s can not be fetched, which needs the network: %v\n%s", fhirclient, err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(names) != 1 {
		t.Fatalf("npm fetched %v: %v", names, err)
	}
	packed, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha512.Sum512(packed); base64.StdEncoding.EncodeToString(sum[:]) != fhirclientSum {
		t.Fatal("what npm fetched is not what this test names")
	}
	return fileOf(t, packed, "package/build/fhir-client.js")
}

func fileOf(t *testing.T, packed []byte, name string) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatalf("%s is not in the package: %v", name, err)
		}
		if h.Name == name {
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
}

// theirApp is an app of somebody else's, on an address of its own: one page
// that asks to be let in and one that people come back to.
func theirApp(t *testing.T, script []byte) *httptest.Server {
	t.Helper()
	page := func(title, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<!doctype html><title>"+title+"</title><script src=fhir-client.js></script><body><script>"+code+"</script>")
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/fhir-client.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(script)
	})
	mux.HandleFunc("/launch.html", page("Their app starts", `
		const q = new URLSearchParams(location.search);
		if (q.get("client")) { localStorage.client = q.get("client"); }
		const patient = "openid fhirUser offline_access patient/Patient.rs patient/Observation.rs";
		FHIR.oauth2.authorize(q.get("launch")
			? { clientId: localStorage.client, scope: patient + " launch", redirectUri: "index.html" }
			: { clientId: localStorage.client, scope: patient + " launch/patient", redirectUri: "index.html", iss: q.get("server") });`))
	mux.HandleFunc("/index.html", page("Their app", `
		const show = (o) => { document.body.textContent = JSON.stringify(o); document.title = "Their app is ready"; };
		FHIR.oauth2.ready().then(async (c) => {
			const p = await c.patient.read();
			const seen = await c.request("Observation?patient=" + p.id).catch((e) => ({ total: "refused" }));
			await c.refresh().catch(() => {});
			const again = await c.patient.read();
			show({ patient: p.id, again: again.id, observations: seen.total, user: c.user && c.user.fhirUser, scope: c.state.tokenResponse.scope });
		}).catch((e) => show({ error: String(e) }));`))
	mux.HandleFunc("/back", page("They are back", ""))
	app := httptest.NewServer(mux)
	t.Cleanup(app.Close)
	return app
}

// someone is a person with an account whose passkey is in a browser, and with a
// record that is theirs.
type someone struct {
	t    *testing.T
	p    place
	site string // the pages
	fhir string
	tab  *browsertest.Tab
	stop func() int
	args []string
	org  string // the organisation where they work
}

// freePort is an address that nothing listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// comesIn makes the first account with a real browser, and links it to a
// record: that a desk does in earnest, which has tests of its own.
func comesIn(t *testing.T, p place) *someone {
	t.Helper()
	s := &someone{t: t, p: p, args: []string{"--listen", freePort(t)}}
	if p.DB != "" {
		s.args = append(s.args, "--db", p.DB)
	}
	s.start()
	s.tab = browsertest.Start(t).Open(t, s.site+"/")
	s.tab.Plug()
	s.tab.Type("Set-up code", bevan(t, p.args("setup-code")...).lastLine())
	s.tab.FocusOn("Go on")
	s.tab.PressTo(kb.Enter, "Make the first account")
	s.tab.Type("Your name", "Ann Example")
	s.tab.FocusOn("Make my passkey")
	s.tab.PressTo(kb.Enter, "Make recovery codes")
	operator := bevan(t, p.args("token")...).lastLine()
	for path, body := range map[string]string{
		"/Patient/ann":   `{"resourceType":"Patient","id":"ann","name":[{"given":["Ann"],"family":"Example"}],"birthDate":"1950-03-31"}`,
		"/Patient/other": `{"resourceType":"Patient","id":"other","name":[{"family":"Somebody"}]}`,
		"/Observation/1": `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`,
		"/Observation/2": `{"resourceType":"Observation","id":"2","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/other"}}`,
	} {
		if status, text := ask(t, "PUT", s.fhir+path, operator, body); status != 201 {
			t.Fatalf("%d %s", status, text)
		}
	}
	return s
}

func (s *someone) start() {
	s.t.Helper()
	s.fhir, s.stop = serving(s.t, s.p.Data, s.args...)
	s.site = strings.Replace(strings.TrimSuffix(s.fhir, "/fhir"), "127.0.0.1", "localhost", 1)
}

// within does something in the house while no server runs in it.
func (s *someone) within(do func(h *house)) {
	s.t.Helper()
	if code := s.stop(); code != exitOK {
		s.t.Fatalf("the server ended with %d", code)
	}
	h, err := openHouse(s.t.Context(), s.p, settings{base: s.fhir, origin: s.site})
	if err != nil {
		s.t.Fatal(err)
	}
	do(h)
	if err := h.close(); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

// linked says that the record is theirs.
func (s *someone) linked(h *house) {
	s.t.Helper()
	id := s.account(h)
	err := h.accounts.SetProof(s.t.Context(), id, account.P9)
	if err == nil {
		err = h.accounts.SetRecord(s.t.Context(), id, "ann")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// allow goes through the page that asks, and allows what was asked for.
func (s *someone) allow(title string) {
	s.t.Helper()
	s.tab.Comes("An app asks you")
	s.tab.FocusOn("Allow what is ticked")
	s.tab.Press(kb.Enter)
	s.tab.Comes(title)
}

// TestAppsInABrowser has an app that is made with fhirclient ask a person, by
// itself and opened from our pages, and has clients that others wrote go the
// same way, each in the way that it was registered.
func TestAppsInABrowser(t *testing.T) {
	script, dir := theirLibrary(t), theirClients(t)
	eachPlace(t, func(t *testing.T, p place) {
		app := theirApp(t, script)
		s := comesIn(t, p)
		given := map[string]any{"issuer": strings.TrimSuffix(s.fhir, "/fhir"), "fhir": s.fhir, "patient": "ann"}
		public := ""
		s.within(func(h *house) {
			s.linked(h)
			public = s.registers(h, given, app.URL)
		})
		t.Run("fhirclient standalone", func(t *testing.T) {
			s.tab.Go(app.URL+"/launch.html?server="+s.fhir+"&client="+public, "")
			s.allow("Their app")
			s.sees(t, "Patient/ann")
		})
		t.Run("fhirclient opened from our pages", func(t *testing.T) {
			s.tab.Go(s.site+"/account/apps/open", "Open an app")
			s.opens()
			s.sees(t, "Patient/ann")
		})
		for _, way := range []string{"oauth4webapi public", "oauth4webapi secret", "oauth4webapi fapi2", "openid-client public", "openid-client secret"} {
			t.Run(way, func(t *testing.T) { s.walks(t, dir, way, given) })
		}
		t.Run("fhirclient opened by a clinician", func(t *testing.T) {
			s.within(s.works)
			ann := `{"resourceType":"Patient","id":"ann","name":[{"given":["Ann"],"family":"Example"}],"birthDate":"1950-03-31","managingOrganization":{"reference":"Organization/` + s.org + `"}}`
			if status, text := ask(t, "PUT", s.fhir+"/Patient/ann", bevan(t, p.args("token")...).lastLine(), ann); status != 200 {
				t.Fatalf("%d %s", status, text)
			}
			s.tab.Go(s.site+"/staff", "Where I work")
			s.tab.FocusOn("Work as Clinician")
			s.tab.PressTo(kb.Enter, "")
			s.tab.Go(s.site+"/staff/launch", "Whose record is it about?")
			s.tab.Type("Name", "Example")
			s.tab.Press(kb.Tab + "31" + kb.Tab + "3" + kb.Tab + "1950")
			s.tab.FocusOn("Find")
			s.tab.PressTo(kb.Enter, "Whose record is it about?")
			s.tab.FocusOn("Ann Example")
			s.tab.Press(" ")
			s.tab.FocusOn("Choose this person")
			s.tab.PressTo(kb.Enter, "Open an app for this person")
			s.opens()
			s.sees(t, "Practitioner/")
		})
	})
}

// opens chooses the one app that can be opened from a page, and lets it in.
func (s *someone) opens() {
	s.t.Helper()
	s.tab.FocusOn("Their app")
	s.tab.Press(" ")
	s.tab.FocusOn("Open")
	s.tab.Press(kb.Enter)
	s.allow("Their app")
}

// works gives the same account a place as a clinician.
func (s *someone) works(h *house) {
	s.t.Helper()
	id := s.account(h)
	org, err := h.staff.AddOrganisation(s.t.Context(), "test", "A81001", "Hill Surgery", "")
	if err == nil {
		_, err = h.staff.AddMember(s.t.Context(), staff.Member{Account: id, Organisation: org.ID, Role: staff.Clinician, Name: "Dr Ann Example"}, "test")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.org = org.ID
}

// account is the first one.
func (s *someone) account(h *house) (id string) {
	s.t.Helper()
	err := h.store.Query(s.t.Context(), "SELECT account FROM setup", nil, func(r *db.Row) error { id = r.Text(0); return nil })
	if err != nil || id == "" {
		s.t.Fatalf("no account: %v", err)
	}
	return id
}

const peopleScopes = "openid fhirUser offline_access launch/patient patient/Patient.rs patient/Observation.rs"

// registers lets the apps in, and gives the id of the public one.
func (s *someone) registers(h *house, given map[string]any, app string) string {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "theirs"}}})
	if err != nil {
		s.t.Fatal(err)
	}
	id := ""
	for name, spec := range map[string]client.Spec{
		"public": {Profile: client.SMART, Proof: client.NoProof, LaunchURL: app + "/launch.html"},
		"secret": {Profile: client.SMART, Proof: client.BySecret},
		"fapi2":  {Profile: client.FAPI2, Proof: client.ByKey, Keys: string(set)},
	} {
		spec.Name, spec.Scopes = "Their app", peopleScopes+" launch"
		spec.Redirects = []string{app + "/index.html", app + "/back"}
		spec.Grants = []string{client.AuthorizationCode, client.RefreshToken}
		cl, secret, err := h.apps.Add(s.t.Context(), spec)
		if err != nil {
			s.t.Fatal(err)
		}
		says := map[string]any{"id": cl.ID, "profile": name, "redirect": app + "/back", "scope": peopleScopes}
		if secret != "" {
			says["secret"] = secret
		}
		if name == "fapi2" {
			says["key"] = jose.JSONWebKey{Key: key, KeyID: "theirs"}
		}
		if name == "public" {
			id = cl.ID
		}
		given[name] = says
	}
	return id
}

// sees looks at what the app shows: the person's own record, and of nobody else.
func (s *someone) sees(t *testing.T, user string) {
	t.Helper()
	s.tab.Comes("Their app is ready")
	var seen struct {
		Patient, Again, User, Scope, Error string
		Observations                       any
	}
	text := browsertest.Eval[string](s.tab, "document.body.textContent")
	if err := json.Unmarshal([]byte(text), &seen); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if seen.Patient != "ann" || seen.Again != "ann" || seen.Observations != 1.0 || !strings.HasPrefix(strings.TrimPrefix(seen.User, s.fhir+"/"), user) {
		t.Errorf("the app sees %s", text)
	}
}

// walks runs a client while the person answers in the browser.
func (s *someone) walks(t *testing.T, dir, way string, given map[string]any) {
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	run := exec.CommandContext(ctx, "node", "person.mjs", way)
	run.Dir = dir
	var errs bytes.Buffer
	run.Stderr = &errs
	in, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err == nil {
		err = json.NewEncoder(in).Encode(given)
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("%s sends nobody: %v\n%s", way, run.Wait(), errs.String())
	}
	s.tab.Go(lines.Text(), "An app asks you")
	s.allow("They are back")
	if _, err := io.WriteString(in, browsertest.Eval[string](s.tab, "location.href")+"\n"); err != nil {
		t.Fatal(err)
	}
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if err := run.Wait(); err != nil || last != "done" {
		t.Errorf("%v\n%s", err, errs.String())
	}
}
