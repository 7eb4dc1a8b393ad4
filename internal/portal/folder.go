package portal

import (
	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/example"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// folder is somebody's record, opened by one who may: the person themself, who
// acts for them, or who looks after them. The pages that read a record are
// written once, for a folder; what a viewer may not see is not in it.
type folder struct {
	*visit
	Records
	patient string // id of the Patient
	at      string // where its pages are: an address to which theirs are added
	why     access.Purpose
	who     access.Who
	shows   showing           // how results are shown to whoever looks
	right   mandate.Right     // by which they act for the person; zero for none
	names   map[string]string // what was learnt of whom entries refer to
	read    *fhir.Tree        // the Patient, where the page has read it
}

// Where the pages of a record are, by who opens it.
const (
	familyRecordAt = familyAt + "/record"
	peopleAt       = staffAt + "/people"
)

// open opens the record again, to do what bound allows: a page that only looks
// holds a session that can do no more than that.
func (f *folder) open(bound access.Rights) (Records, error) {
	who := f.who
	who.Bound = who.Bound.And(bound)
	return f.p.cfg.Open(f.r.Context(), who, f.patient, f.why)
}

// enter opens a folder for somebody, to look into it.
func (v *visit) enterFolder(f *folder) (*folder, error) {
	f.visit = v
	r, err := f.open(access.AllTypes(access.Looking))
	if err != nil {
		return nil, err
	}
	f.Records = r
	return f, nil
}

// ofSelf lets a page of a record be seen by the person themself.
func ofSelf(do func(*folder) error) func(*visit) error {
	return ownRecord(func(v *visit) error {
		v.ownPage = true
		patient := recordID(v.s.Record)
		f, err := v.enterFolder(&folder{patient: patient, at: recordAt, why: access.Own, who: v.ownWho(patient)})
		if err != nil {
			return err
		}
		return do(f)
	})
}

// ofFamily lets it be seen by whoever acts for the person. One who acts for
// nobody now is sent to choose for whom.
func ofFamily(do func(*folder) error) func(*visit) error {
	return member(func(v *visit) error {
		right, ok, err := v.actingFor()
		if err != nil {
			return err
		}
		if !ok && v.worthKeeping() {
			return v.keepTyped(familyAt)
		}
		if !ok {
			return v.goOn(familyAt)
		}
		_, v.ofExample = example.Named(right.Mandate)
		f, err := v.enterFolder(&folder{patient: right.Patient, at: familyRecordAt, why: access.Proxy, right: right,
			who: right.Who(staff.Actor(v.s.Account), access.AllTypes(access.AllVerbs))})
		if err != nil {
			return err
		}
		return do(f)
	})
}

// ofCare lets it be seen by staff who look after people. Whether they look after
// this one is for the record to say.
func ofCare(do func(*folder) error) func(*visit) error {
	return launching(func(v *visit) error {
		s, err := v.asStaff()
		if err != nil {
			return err
		}
		if !s.mayCare() {
			return problem.New(problem.Forbidden, s.refusal)
		}
		patient := v.r.PathValue("person")
		f, err := v.enterFolder(&folder{patient: patient, at: peopleAt + "/" + patient, why: access.Care,
			who: s.who(v.s.Account, patient, access.AllTypes(access.AllVerbs))})
		if problem.Is(err, problem.Forbidden) {
			return v.nobodyHere()
		}
		if err != nil {
			return err
		}
		if v.p.cfg.Examples != nil {
			if v.ofExample, err = v.p.cfg.Examples.Is(v.r.Context(), patient); err != nil {
				return err
			}
		}
		return do(f)
	})
}

// recordPages are the routes of pages that read a record, one for each who may
// open it.
func recordPages(all ...recordPage) (out []route) {
	for _, p := range all {
		out = append(out,
			route{"GET " + recordAt + p.at, ofSelf(p.do)},
			route{"GET " + familyRecordAt + p.at, ofFamily(p.do)},
			route{"GET " + peopleAt + "/{person}" + p.at, ofCare(p.do)})
	}
	return out
}

// recordPage is one page of a record; at is what its address adds.
type recordPage struct {
	at string
	do func(*folder) error
}
