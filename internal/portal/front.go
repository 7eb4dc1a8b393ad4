package portal

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of the first page.
const (
	newFor   = 30 * 24 * time.Hour // how long something is new
	mostNew  = 8                   // entries that are shown
	mostSeen = 48                  // entries that are asked for: what is ahead is among them
	someSeen = 12                  // entries of one question; of most records one is enough
)

// homeBody is the page where people land, for whoever is signed in.
type homeBody struct {
	Name string
	// Work is what somebody can do where they work now, and HasWork that they
	// have a place to work.
	AtWork, HasWork bool
	Work            []link
	Todo            []link
	// Need is why there is no record to show, and NeedLink what to do about it.
	Need     string
	NeedLink link
	Own      *homeRecord
	Ways     []link
	FHIR     string
}

// homeRecord is what the first page says of somebody's own record.
type homeRecord struct {
	New, Coming []entryLine
	More        bool // there is more that is new
	Looked      []lookedDay
	LookedKnown bool
}

// front is the page where people land first.
func front(v *visit) error {
	body := homeBody{FHIR: v.p.cfg.FHIR}
	if _, in, err := v.session(); err != nil || !in {
		return v.show(http.StatusOK, "front", v.p.words.Home.Title, body)
	}
	v.switchAhead()
	a, err := v.p.cfg.Accounts.Get(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	body.Name = a.Name
	if err := v.homeWork(&body); err != nil {
		return err
	}
	// What needs doing and what is in the record do not wait for each other.
	todo := aside(func() error { return v.homeTodo(&body) })
	own := v.homeOwn(&body)
	if err := cmp.Or(todo(), own); err != nil {
		return err
	}
	w := v.p.words
	body.Ways = []link{{w.Record.Link, recordAt}, {w.Folder.Own.Timeline, recordAt + "/timeline"}, {w.Sharing.Link, sharingAt}, {w.Looked.Title, lookedAt},
		{w.Apps.Link, appsAt}, {w.Family.Link, familyAt}, {w.Front.Account, "/account"}}
	return v.show(http.StatusOK, "front", v.p.words.Home.Title, body)
}

// homeWork is what somebody who works here can do.
func (v *visit) homeWork(body *homeBody) error {
	now, err := v.acting()
	if err == nil {
		body.AtWork, body.HasWork, body.Work = true, true, v.waysOf(now)
		return nil
	}
	if !problem.Is(err, problem.Forbidden) {
		return err
	}
	places, err := v.p.cfg.Staff.PlacesOf(v.r.Context(), v.s.Account)
	body.HasWork = len(places) > 0
	return err
}

// homeTodo is what needs doing. Its parts ask different rooms, and do not wait for
// each other.
func (v *visit) homeTodo(body *homeBody) error {
	parts := []func(add func(text, at string)) error{
		func(add func(text, at string)) error { return v.homeProof(body.HasWork, add) }, v.homeHandover, v.homeAnswers, v.homeRights}
	var lists [4][]link
	var waits []func() error
	for i, part := range parts {
		waits = append(waits, aside(func() error {
			return part(func(text, at string) { lists[i] = append(lists[i], link{text, at}) })
		}))
	}
	var failed error
	for i, wait := range waits {
		failed = cmp.Or(failed, wait())
		body.Todo = append(body.Todo, lists[i]...)
	}
	return failed
}

// homeProof is what somebody lacks to get at their record, now or one day.
func (v *visit) homeProof(works bool, add func(text, at string)) error {
	w := v.p.words.Home
	left, err := v.p.cfg.Accounts.RecoveryCodesLeft(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	if left == 0 {
		add(w.Codes, "/account/codes")
	}
	need := v.lacksRecord()
	if need != account.NeedNothing && need != account.NeedPasskey && need != account.NeedAgain && !works {
		add(w.Prove, proofAt)
	}
	return nil
}

// homeAnswers is news of what somebody asked about who looked, and of emergencies.
func (v *visit) homeAnswers(add func(text, at string)) error {
	if v.lacksRecord() != account.NeedNothing {
		return nil
	}
	ctx, w, now, patient := v.r.Context(), v.p.words.Home, v.p.cfg.Now(), recordID(v.s.Record)
	answers, err := v.p.cfg.Enquiries.Mine(ctx, v.s.Account, patient)
	if err != nil {
		return err
	}
	for _, q := range answers {
		if !q.Answered.IsZero() && q.Closed.IsZero() {
			add(w.Enquiry, enquiriesAt+"/"+q.ID)
		}
	}
	opened, err := v.p.cfg.Emergencies.OfPatient(ctx, patient)
	if err != nil {
		return err
	}
	for _, m := range opened {
		if now.Sub(m.Begun) < newFor {
			add(w.Emergency, myEmergenciesAt)
			break
		}
	}
	return nil
}

// homeRights is news of what somebody asked for their own record.
func (v *visit) homeRights(add func(text, at string)) error {
	if v.lacksRecord() != account.NeedNothing {
		return nil
	}
	ctx, w, now := v.r.Context(), v.p.words.Home, v.p.cfg.Now()
	asked, err := v.homeCorrections()
	if err != nil {
		return err
	}
	for _, r := range asked {
		if !r.Answered.IsZero() && r.State != correction.Withdrawn && now.Sub(r.Answered) < newFor {
			add(w.Correction, correctionsAt+"/"+r.ID)
		}
	}
	c, found, err := v.p.cfg.Copies.Of(ctx, v.s.Account)
	if found && c.Wrong == "" && !c.Ready.IsZero() && c.Served == 0 && now.Before(c.Ends) {
		add(w.Copy, downloadAt)
	}
	return err
}

// ownFolder is somebody's own record, opened once for all parts of the first page:
// who may see what is asked for once.
func (v *visit) ownFolder() (*folder, error) {
	v.own.once.Do(func() {
		patient := recordID(v.s.Record)
		v.own.folder, v.own.failed = v.enterFolder(&folder{patient: patient, at: recordAt, why: access.Own, who: v.ownWho(patient)})
	})
	return v.own.folder, v.own.failed
}

// homeCorrections are what somebody said is wrong in their own record.
func (v *visit) homeCorrections() ([]correction.Request, error) {
	f, err := v.ownFolder()
	if err != nil {
		return nil, err
	}
	s, ok := f.Records.(interface{ Person() (int64, bool) })
	if !ok {
		return nil, problem.New(problem.Unavailable, "")
	}
	return v.p.cfg.Corrections.MineIn(v.r.Context(), s, v.s.Account)
}

// homeOwn is what is new in somebody's own record, and what lies ahead. It is
// one question; a record that can not be read now does not take the rest of the
// page away.
func (v *visit) homeOwn(body *homeBody) error {
	w := v.p.words.Home
	switch need := v.lacksRecord(); {
	case need == account.NeedNothing:
	case body.HasWork && v.s.Record == "":
		return nil // they came to work
	case need == account.NeedPasskey, need == account.NeedAgain:
		body.Need, body.NeedLink = w.Passkey, link{w.PasskeyLink, withNext("/check", "/")}
		return nil
	case need == account.NeedRecord:
		body.Need, body.NeedLink = w.NoRecord, link{w.NoRecordLink, proofAt}
		return nil
	default:
		body.Need, body.NeedLink = w.NoProof, link{w.Prove, proofAt}
		return nil
	}
	var days []lookedDay
	var known bool
	looks := aside(func() error { days, known = v.lastLooks(); return nil })
	own, err := v.ownNews()
	_ = looks() // it says itself whether it is known
	if err != nil {
		v.p.cfg.Log.WarnContext(v.r.Context(), "the first page goes without the record", "error", err)
		body.Need = w.NotNow
		return nil
	}
	own.Looked, own.LookedKnown = days, known
	body.Own = own
	return nil
}

func (v *visit) ownNews() (*homeRecord, error) {
	now := v.p.cfg.Now()
	f, err := v.ownFolder()
	if err != nil {
		return nil, err
	}
	v.lately = f.lateAhead()
	own, ask := &homeRecord{}, span{types: lifeTypes(), from: now.Add(-newFor).UTC().Format(time.RFC3339), most: someSeen}
	for seen := 0; seen < mostSeen; seen += someSeen {
		all, next, err := f.byTime(ask)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			own.take(f.lineOf(t), t.Root(), now)
		}
		own.More, ask.cursor = next != "", next
		if next == "" || len(own.New) > mostNew {
			break
		}
	}
	slices.Reverse(own.Coming) // the next one first
	if len(own.New) > mostNew {
		own.New, own.More = own.New[:mostNew], true
	}
	return own, nil
}

// take puts an entry where the first page shows it.
func (r *homeRecord) take(l entryLine, n fhir.Node, now time.Time) {
	switch {
	case !l.after(now):
		r.New = append(r.New, l)
	case n.Get("resourceType").Is("Appointment") && !slices.Contains([]string{"cancelled", "noshow", "entered-in-error"}, n.Get("status").Str()):
		r.Coming = append(r.Coming, l)
	}
}

// after says whether an entry is of a time ahead.
func (l entryLine) after(now time.Time) bool {
	for _, form := range []string{time.RFC3339Nano, time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(form, l.day); err == nil {
			return at.After(now)
		}
	}
	return false
}
