package record

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// LabelKind is the kind of the jobs that label everything anew.
const LabelKind = "label-records"

// labelChunk is how many resources are labelled in one transaction. No other
// write runs meanwhile on PostgreSQL, so it is small.
const labelChunk = 200

// labelTries is how often the work waits for those who still write by other
// tables.
const labelTries = 20

// NewCode is a kind of code that waits to be judged.
type NewCode = store.NewCode

// Judgement is what was said of a code, by whom, when and why.
type Judgement = store.Judgement

// HandleLabels registers the work of labelling everything anew with the queue,
// and asks for it where the store was labelled by other tables than those of
// this program. Until it is done the labels of before hold. The work gives
// nobody any data, so it opens no session.
func (d *Door) HandleLabels(ctx context.Context, q *jobs.Queue) error {
	q.Handle(LabelKind, d.relabelAll)
	d.queue = q
	by, err := d.store.LabelledBy(ctx)
	if err != nil || by == d.store.LabelVersion() {
		return err
	}
	by = "tables:" + d.store.LabelVersion()
	list, err := q.List(ctx, LabelKind, 10)
	if err != nil || slices.ContainsFunc(list, func(j jobs.Status) bool { return j.By.Actor == by && !j.State.Ended() }) {
		return err
	}
	_, err = q.Add(ctx, jobs.Spec{Kind: LabelKind, By: access.Operator(by), Purpose: access.Operations, Tries: labelTries})
	return err
}

func (d *Door) relabelAll(ctx context.Context, j *jobs.Job) error {
	at := indexSpot{After: -1}
	if err := at.read(j.Spot); err != nil {
		return err
	}
	// Another node may have judged codes, or done the work.
	if _, err := d.store.LoadParams(ctx); err != nil {
		return err
	}
	if by, err := d.store.LabelledBy(ctx); err != nil || by == d.store.LabelVersion() {
		return err
	}
	err := d.log.Append(ctx, audit.Entry{Who: j.Who(), Purpose: j.Purpose, Verb: access.Update,
		Rule: LabelKind, Rules: access.RulesVersion, Outcome: http.StatusOK, Total: -1})
	if err != nil {
		return err
	}
	total, err := d.store.CountCurrent(ctx)
	if err != nil {
		return err
	}
	for done := false; !done; {
		next := min(at.Done+labelChunk, total)
		at.After, done, err = d.store.Relabel(ctx, at.After, labelChunk, func(tx *db.Tx, last store.Row) error {
			return j.SaveIn(tx, next, total, indexSpot{After: last, Done: next}.bytes())
		})
		if err != nil {
			return err
		}
		at.Done = next
	}
	return nil
}

// NewCodes lists the kinds of code that came from sensitive services and that
// nobody has judged, oldest first. What has one is hidden until then.
func (s *Session) NewCodes(ctx context.Context) ([]NewCode, error) {
	if err := s.mayReview(ctx, ""); err != nil {
		return nil, err
	}
	list, err := s.d.store.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	return list, s.note(ctx, access.Read, "", http.StatusOK, int64(len(list)), nil, nil)
}

// Judgements lists what was judged here, oldest first.
func (s *Session) Judgements(ctx context.Context) ([]Judgement, error) {
	if err := s.mayReview(ctx, ""); err != nil {
		return nil, err
	}
	list, err := s.d.store.Judgements(ctx)
	if err != nil {
		return nil, err
	}
	return list, s.note(ctx, access.Read, "", http.StatusOK, int64(len(list)), nil, nil)
}

// Judge says once what a code means: the labels that it has wherever it stands,
// or none. What is written from then on is labelled by it, and what is there
// already by a job that this starts. A later judgement of the same code can add
// labels and take none away.
func (s *Session) Judge(ctx context.Context, c label.Code, labels label.Set, why string) error {
	if err := s.mayReview(ctx, ""); err != nil {
		return err
	}
	why = strings.TrimSpace(why)
	if n := utf8.RuneCountInString(why); n < minReason || n > maxReason || !utf8.ValidString(why) {
		return problem.New(problem.Invalid, "Say in a few words why, in 10 to 1,000 letters.")
	}
	j := Judgement{Judged: label.Judged{Code: c, Labels: labels.Labels() &^ label.UnderReview}, By: s.who.Actor, Why: why, At: time.Now().UnixMilli()}
	if err := s.note(ctx, access.Update, "", http.StatusOK, -1, nil, nil); err != nil {
		return err
	}
	if err := s.d.store.Judge(ctx, j); err != nil || s.d.queue == nil {
		return err
	}
	_, err := s.d.queue.Add(ctx, jobs.Spec{Kind: LabelKind, By: s.who, Purpose: access.Operations, Tries: labelTries})
	return err
}

func key(version int64) string { return strconv.FormatInt(version, 10) }
