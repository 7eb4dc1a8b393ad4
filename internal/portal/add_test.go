package portal

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// upload sends a form with a file, and with none where it is called nothing;
// fields are names and values in turn.
func (p *person) upload(path, called string, data []byte, fields ...string) answer {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		p.must(w.WriteField(fields[i], fields[i+1]))
	}
	if called != "" {
		part, err := w.CreateFormFile("file", called)
		p.must(err)
		_, err = part.Write(data)
		p.must(err)
	}
	p.must(w.Close())
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodPost, p.s.cfg.Origin+path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", p.s.cfg.Origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.do(r)
}

// photo is a JPEG of no picture, with what a telephone writes beside it.
var photo = []byte("\xff\xd8\xff\xe1\x00\x0eExif\x00\x00PLACE!\xff\xe0\x00\x06JFIF\xff\xfe\x00\x07note!\xff\xda\x00\x02scan\xff\xd9")

// A person adds a note, a reading and a photo: each once, marked as theirs, and
// found like any other entry.
func TestAPersonAddsToTheirRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		p.get("/record").shows(http.StatusOK, "Add something")
		p.get("/record/add").shows(http.StatusOK, "Add to my record", "A note", "A photo or a file")
		form := p.get("/record/add/reading").find(`name="key" value="([A-Z2-7]{26})"`)
		s.looks()
		reading := []string{"what", "weight", "value", "71,50", "day", "2", "daymonth", "5", "dayyear", "2026", "key", form}
		for range 2 { // a double click, or the back button
			p.send("/record/add/reading", reading...).to("/record/timeline")
		}
		if !slices.ContainsFunc(s.looks(), func(e audit.Entry) bool {
			return e.Verb == access.Create && e.Who.Role == access.RoleSelf && e.Type == "Observation"
		}) {
			t.Error("the log does not say that they added it")
		}
		a := p.get("/record/timeline")
		a.shows(http.StatusOK, "It was added.", "Weight: 71.50 kg", "2 May 2026", "You added this", "Who said so: You")
		if n := strings.Count(a.Body.String(), "71.50"); n != 1 {
			t.Errorf("it stands there %d times", n)
		}
		p.send("/record/add/reading", "what", "pressure", "value", "128", "second", "82").to("/record/timeline")
		p.get("/record/timeline").shows(http.StatusOK, "Blood pressure: Upper number (systolic) 128 mmHg; Lower number (diastolic) 82 mmHg", "3 May 2026 2:30pm")
		p.send("/record/add/note", "note", "The knee hurts <b>again</b>.").to("/record/timeline")
		p.get("/record/documents").shows(http.StatusOK, "Note", "You added this")
		p.get("/record/timeline?words=hurts").shows(http.StatusOK, "Note", "You added this")
		p.upload("/record/add/file", "../../rash.php", photo, "title", "Rash on the arm").to("/record/timeline")
		at := p.get("/record/timeline?words=rash").find(`href="(/record/DocumentReference/[^"]+)"`)
		file := p.get(at + "/file/0")
		if file.Code != http.StatusOK || file.Header().Get("Content-Type") != "image/jpeg" || strings.Contains(file.Body.String(), "PLACE") || !strings.HasSuffix(file.Body.String(), "scan\xff\xd9") ||
			file.Header().Get("Content-Disposition") != `attachment; filename="Rash-on-the-arm.jpg"` {
			t.Errorf("%d %v %q", file.Code, file.Header(), file.Body)
		}
		p.get(at).shows(http.StatusOK, "You added this", "Rash on the arm", "This looks wrong")
		p.get(at).hides("php", "PLACE")

		// Those who care for them see whose it is.
		dr := s.join("Noor")
		dr.works("Noor", staff.Clinician)
		dr.get("/staff/people/gwen/timeline").shows(http.StatusOK, "Weight: 71.50 kg", "The person added this", "Who said so: The person themself")
		dr.get("/staff/people/gwen/add").hides("Add to")
	})
}

// What can not be right is asked for again, with what was typed, and adds
// nothing.
func TestWhatIsTypedWrongAddsNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		before := p.get("/record/timeline").Body.String()
		for _, c := range []struct {
			says   string
			fields []string
		}{
			{"Choose what you measured.", []string{"value", "70"}},
			{"Choose what you measured.", []string{"what", "diastolic", "value", "70"}},
			{"This number does not fit what you measured.", []string{"what", "weight", "value", "7000"}},
			{"Type the weight as a number", []string{"what", "weight", "value", "1e2"}},
			{"This number does not fit what you measured.", []string{"what", "temperature", "value", "98.6"}},
			{"Type the lower number.", []string{"what", "pressure", "value", "120"}},
			{"Type the lower number.", []string{"what", "pressure", "value", "80", "second", "120"}},
			{"Only blood pressure has a lower number.", []string{"what", "pulse", "value", "80", "second", "60"}},
			{"This day has not come yet.", []string{"what", "pulse", "value", "80", "day", "4", "daymonth", "5", "dayyear", "2026"}},
			{"Type a day after 1899.", []string{"what", "pulse", "value", "80", "day", "4", "daymonth", "5", "dayyear", "1826"}},
		} {
			a := p.send("/record/add/reading", c.fields...)
			a.shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
			for i := 0; i < len(c.fields); i += 2 {
				if c.fields[i] == "value" && !strings.Contains(a.Body.String(), `value="`+c.fields[i+1]+`"`) {
					t.Errorf("%v: what was typed is lost", c.fields)
				}
			}
		}
		p.send("/record/add/note", "note", "  ").shows(http.StatusUnprocessableEntity, "Write the note.")
		p.send("/record/add/note", "note", strings.Repeat("x", maxNote+1)).shows(http.StatusUnprocessableEntity, "The note is too long.")
		p.send("/record/add/file").shows(http.StatusUnprocessableEntity, "Choose a file.")
		p.upload("/record/add/file", "x.jpg", nil).shows(http.StatusUnprocessableEntity, "Choose a file.")
		p.upload("/record/add/file", "x.jpg", photo, "title", strings.Repeat("x", 101)).shows(http.StatusUnprocessableEntity, "This name is too long.")
		if after := p.get("/record/timeline").Body.String(); after != before {
			t.Error("something was added")
		}
	})
}

// A program, or a file that is too large, is not taken, whatever it is called.
func TestAttack76AFileIsWhatItHolds(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		p.upload("/record/add/file", "holiday.jpg", []byte("MZ\x90\x00\x03program")).shows(http.StatusUnprocessableEntity, "Files of this type can not be added.")
		p.upload("/record/add/file", "x.jpg", append(slices.Clone(photo), make([]byte, mostFile)...)).shows(http.StatusUnprocessableEntity, "This file is larger than 5 MB.")
		p.upload("/record/add/file", "x.jpg", append(slices.Clone(photo), make([]byte, mostUpload)...)).shows(http.StatusUnprocessableEntity, "This file is larger than 5 MB.")
		// A page becomes text, which no browser runs.
		p.upload("/record/add/file", "x.html", []byte("<script>alert(1)</script>")).to("/record/timeline")
		at := p.get("/record/documents").find(`href="(/record/DocumentReference/[^"]+)"`)
		if got := p.get(at + "/file/0").Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("it is sent as %s", got)
		}
		// No other form is as large.
		p.send("/record/add/note", "note", strings.Repeat("x", maxForm)).hides("It was added.")
	})
}

// Who acts for somebody adds only where their right lets them, in their own name.
func TestAttack76AddingForAnotherNeedsTheRight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		s.child("Sam Hill", "sam2", "2021-05-04", numberSam)
		d := ann.parentOf("sam2")
		ann.send("/family/record/add/note", "note", "Before acting").to("/family")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		ann.get("/family/record/add").shows(http.StatusOK, "Add to the record of Sam Hill", "You are acting for Sam Hill")
		ann.send("/family/record/add/reading", "what", "weight", "value", "18.2").to("/family/record/timeline")
		ann.get("/family/record/timeline").shows(http.StatusOK, "Weight: 18.2 kg", "You added this")
		ann.get("/record/timeline").hides("18.2")

		acc, err := s.cfg.Accounts.Get(t.Context(), ann.account())
		ann.must(err)
		s.child("Una Hill", "una2", "2022-05-04", "9990007063")
		looks, err := s.cfg.Mandates.GiveAsStaff(t.Context(), surgery, mandate.Grant{Patient: "una2", Account: acc.ID, Name: acc.Name, Kind: mandate.KindParent, Basis: mandate.Parent, May: mandate.Look, Evidence: []string{"BRTH"}})
		if err != nil {
			t.Fatal(err)
		}
		ann.send("/family/act", "right", looks.ID).to("/family/record")
		ann.get("/family/record").hides("Add something")
		ann.get("/family/record/add/note").shows(http.StatusForbidden, "Your right to act for them does not let you add to their record.")
		ann.send("/family/record/add/note", "note", "Not mine to say").shows(http.StatusForbidden, "Your right to act for them does not let you add to their record.")
		ann.get("/family/record/timeline").hides("Not mine to say")
	})
}

// A photo keeps its picture and loses what was written beside it; whatever else is
// sent stays as it is, and nothing is made longer.
func FuzzWithoutPlace(f *testing.F) {
	for _, s := range [][]byte{photo, []byte("\xff\xd8\xff"), []byte("\xff\xd8\xff\xe1\xff\xff"), []byte("%PDF-"), []byte("\xff\xd8\xff\xe1\x00\x00\xff\xda")} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out := withoutPlace(slices.Clone(data))
		if len(out) > len(data) {
			t.Errorf("%d bytes became %d", len(data), len(out))
		}
		if again := withoutPlace(slices.Clone(out)); !bytes.Equal(again, out) {
			t.Errorf("%q becomes %q, and then %q", data, out, again)
		}
		kind, end := sniffed(data)
		if kind == "" || end == "" {
			t.Errorf("%q has no type", data)
		}
	})
}

func FuzzReadings(f *testing.F) {
	for _, s := range []string{"71.50", "0", "1e3", "-1", "007", "999.99", "1,5", "1.", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range measures {
			if n, value, ok := m.readNumber(text); ok && (value < m.least || value > m.most || len(n) > 6) {
				t.Errorf("%q is %v", text, n)
			}
		}
	})
}

// Nobody who is not signed in makes the server read a file.
func TestAttack76AFileOfAStrangerIsNotRead(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.linked("Gwen", "gwen")
		for _, at := range []string{"/record/add/file", "/family/record/add/file", "/staff/people/gwen/add/document"} {
			read := &counted{Reader: bytes.NewReader(make([]byte, mostFile))}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.cfg.Origin+at, read)
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			r.Header.Set("Origin", s.cfg.Origin)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			a := s.person().do(r)
			if !strings.Contains(a.text(), "What you typed is still here") || strings.Contains(a.Body.String(), `name="kept"`) || read.n > maxForm+1 {
				t.Errorf("%s: %d, and %d bytes were read", at, a.Code, read.n)
			}
		}
	})
}

type counted struct {
	*bytes.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}
