package portal

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// screenshotsTo names the environment variable with the folder for pictures of the
// main pages: make screenshots sets it. Without it none are taken.
const screenshotsTo = "BEVAN_SCREENSHOTS"

// shot is one page that a picture is taken of.
type shot struct {
	name, path string
	by         *person // nil for nobody who is signed in
}

// The windows that pictures are taken in, and how far down: what lies below is
// left out, so that the pictures stay small.
var windows = []struct {
	name         string
	width, depth int64
}{{"desk", 1280, 960}, {"phone", 375, 1200}}

// TestScreenshots takes pictures of the main pages, at the width of a desk and of a
// telephone, of the example family, and holds that no page is wider than its
// window.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv(screenshotsTo)
	if dir == "" {
		t.Skip("skipped: pictures of pages are taken by make screenshots")
	}
	h := live(t)
	h.clock.at = time.Now() // the access log goes by no other clock
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	h.cfg.Zone = zone
	b := browsertest.Start(t)
	h.takeAll(t, b, dir, []shot{{"set-up", "/", nil}})
	h.takeAll(t, b, dir, h.exampleShots(t))
}

// exampleShots fills the site and lists what is to be taken.
func (h *here) exampleShots(t *testing.T) []shot {
	t.Helper()
	op := h.setUp()
	op.codes()
	clinic := op.elsewhere()
	clinic.workAs(staff.Operator)
	org := clinic.hospital("RXH")
	start := shot{"start", "/set-up/start?whose=both", op}
	op.send("/set-up/examples").to("/family/record")
	people, err := h.cfg.Examples.People(t.Context())
	op.must(err)
	of := map[string]string{}
	for _, p := range people {
		of[p.Relation] = p.Patient
	}

	// The father is shown as somebody with their own account, and a clinician looks
	// after him.
	darren := h.site.join("Darren Cook")
	darren.must(h.cfg.Accounts.SetProof(t.Context(), darren.account(), account.P9))
	darren.must(h.cfg.Accounts.SetRecord(t.Context(), darren.account(), "Patient/"+of["partner"]))
	h.put(`{"resourceType":"EpisodeOfCare","id":"shots","status":"active","patient":{"reference":"Patient/` + of["partner"] + `"},"managingOrganization":{"reference":"Organization/` + org + `"}}`)
	ada := h.rescuer(clinic, org, "Dr Ada Obi")
	ada.get("/staff/people/"+of["partner"]).shows(200, "Darren")
	ada.get("/staff/people/"+of["partner"]+"/results").shows(200, "Results")
	right := op.get("/family").find(`name="right" value="(example:` + of["child"] + `)"`)
	op.send("/family/act", "right", right).to("/family/record")
	chart := darren.get("/record/results").find(`href="(/record/results/[^"]+)"[^>]*>Long-term blood sugar`)
	return []shot{start,
		{"home", "/", darren}, {"timeline", "/record/timeline", darren}, {"summary", "/record/summary", darren},
		{"results", "/record/results", darren}, {"chart", chart, darren}, {"sharing", sharingAt, darren}, {"who-looked", "/record/looked", darren},
		{"family", "/family/record", op}, {"growth", "/family/record/child/growth", op}, {"red-book", "/family/record/child", op}, {"clinician", "/staff/people/" + of["partner"], ada}, {"operator", "/operator", clinic},
		{"health-a-to-z", "/health-a-to-z", nil},
	}
}

// deeper is how much farther down some pictures reach, in pixels: a chart is shown whole.
var deeper = map[string]int{"growth": 400}

// takeAll takes pictures at each width.
func (h *here) takeAll(t *testing.T, b *browsertest.Browser, dir string, all []shot) {
	t.Helper()
	for _, s := range all {
		p := b.OpenApart(t, h.url+"/assets/")
		if s.by != nil {
			p.SetCookie(h.url, sessionCookie, s.by.cookies[sessionCookie].Value)
		}
		for _, w := range windows {
			p.Sized(w.width, w.depth)
			p.Go(h.url+s.path, "")
			p.Fits()
			small := smaller(t, p.Whole(), int(w.depth)+deeper[s.name])
			if err := os.WriteFile(filepath.Join(dir, s.name+"-"+w.name+".png"), small, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p.AsksNobodyElse()
		p.Close()
	}
}

// mostColours is how many colours a picture keeps: pages have few, and what lies
// between is the edge of letters.
const mostColours = 48

// smaller cuts a picture off at a depth and leaves it so many colours that what is
// drawn can still be read.
func smaller(t *testing.T, whole []byte, depth int) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	r := img.Bounds()
	r.Max.Y = min(r.Max.Y, r.Min.Y+depth)
	many := map[color.RGBA]int{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			many[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)]++
		}
	}
	var order []color.RGBA
	for c := range many {
		order = append(order, c)
	}
	slices.SortFunc(order, func(a, b color.RGBA) int {
		if n := many[b] - many[a]; n != 0 {
			return n
		}
		return strings.Compare(string([]byte{a.R, a.G, a.B}), string([]byte{b.R, b.G, b.B}))
	})
	var palette color.Palette
	for _, c := range order[:min(len(order), mostColours)] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(r, palette)
	draw.Draw(out, r, img, r.Min, draw.Src)
	var buf bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&buf, out); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
