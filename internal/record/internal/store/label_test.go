package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// labelled is a store whose labels a test looks at.
type labelled struct {
	*testing.T
	s *Store
	d *db.DB
}

func eachLabelled(t *testing.T, fn func(l labelled)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(context.Background(), Config{DB: d, Ring: ring})
		if err != nil {
			t.Fatal(err)
		}
		fn(labelled{t, s, d})
	})
}

func (l labelled) draft(src string) Draft {
	l.Helper()
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		l.Fatal(err, src)
	}
	d, err := l.s.Draft(Ref{tree.Root().Get("resourceType").Str(), tree.Root().Get("id").Str()}, Put, tree)
	if err != nil {
		l.Fatal(err)
	}
	return d
}

// put writes resources in one transaction.
func (l labelled) put(srcs ...string) {
	l.Helper()
	var drafts []Draft
	for _, src := range srcs {
		drafts = append(drafts, l.draft(src))
	}
	if _, err := l.s.Write(context.Background(), drafts, nil); err != nil {
		l.Fatal(err)
	}
}

// labels of a version; version 0 is the current one.
func (l labelled) labels(name string, version int64) string {
	l.Helper()
	typ, id, _ := strings.Cut(name, "/")
	v, err := l.s.Read(context.Background(), Reach{Everyone: true}, Ref{typ, id}, version)
	if err != nil || v == nil {
		l.Fatal(name, v, err)
	}
	return label.Set(v.Mask).String()
}

func (l labelled) want(name, labels string) {
	l.Helper()
	if got := l.labels(name, 0); got != labels {
		l.Errorf("%s is %q, want %q", name, got, labels)
	}
}

// hidden tells whether a version is as if it had never been for whoever may not
// see a label.
func (l labelled) hidden(name string, version int64, deny label.Set) bool {
	l.Helper()
	typ, id, _ := strings.Cut(name, "/")
	reach := Reach{Everyone: true, Deny: int64(deny)}
	v, err := l.s.Read(context.Background(), reach, Ref{typ, id}, version)
	if err != nil {
		l.Fatal(err)
	}
	page, _, err := l.s.History(context.Background(), reach, HistoryOf{Ref: Ref{typ, id}, Count: 50}, nil)
	if err != nil {
		l.Fatal(err)
	}
	told := false
	for _, h := range page {
		told = told || h.Version == version || version == 0
	}
	if (v == nil) == told {
		l.Errorf("%s, version %d: read %v, told by its history %v", name, version, v != nil, told)
	}
	return v == nil
}

// rest makes a Patient's resource of a type with some more members.
func of(typ, id, rest string) string {
	if rest != "" {
		rest = "," + rest
	}
	return `{"resourceType":"` + typ + `","id":"` + id + `","subject":{"reference":"Patient/p"}` + rest + `}`
}

func sctCode(member, code string) string {
	return `"` + member + `":{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `"}]}`
}

const (
	depression = "35489007"
	hivCode    = "86406008"
	gumClinic  = "394808002"
	ordinary   = "195967001"
	patientP   = `{"resourceType":"Patient","id":"p"}`
)

func secured(codes ...string) string {
	var list []string
	for _, c := range codes {
		list = append(list, `{"system":"`+label.ActCode+`","code":"`+c+`"}`)
	}
	return `"meta":{"security":[` + strings.Join(list, ",") + `]}`
}

// A label that is removed in version 2, by a code or in meta.security, stays:
// nobody gets at the old version, or at the new one, by leaving it out.
func TestAttack67ALabelThatIsRemovedStays(t *testing.T) {
	eachLabelled(t, func(l labelled) {
		l.put(patientP, of("Condition", "c", sctCode("code", depression)))
		l.put(of("Condition", "c", sctCode("code", ordinary)))
		l.want("Condition/c", "mental-health")
		for v := range int64(3) {
			if !l.hidden("Condition/c", v, label.MentalHealth) || l.hidden("Condition/c", v, label.Genetics) {
				l.Errorf("version %d", v)
			}
		}
		if _, err := l.s.Write(context.Background(), []Draft{l.s.Tombstone(Ref{"Condition", "c"})}, nil); err != nil {
			l.Fatal(err)
		}
		l.put(of("Condition", "c", ""))
		l.want("Condition/c", "mental-health")
	})
}

func TestAttack57MetaSecurityIsNeverLowered(t *testing.T) {
	eachLabelled(t, func(l labelled) {
		l.put(patientP, of("Observation", "o", secured("SDV", "HIV")))
		l.want("Observation/o", "sexual-health safeguarding hiv domestic-abuse")
		for _, rest := range []string{"", `"meta":{"security":[]}`, `"meta":{"tag":[{"system":"` + label.Confidentiality + `","code":"U"}],"profile":["http://x.example/open"]}`,
			`"meta":{"security":[{"system":"` + label.Confidentiality + `","code":"U"}]}`} {
			l.put(of("Observation", "o", rest))
			l.want("Observation/o", "sexual-health safeguarding hiv domestic-abuse")
			if !l.hidden("Observation/o", 0, label.HIV) || !l.hidden("Observation/o", 1, label.HIV) {
				l.Error("it came into sight with", rest)
			}
		}
		l.put(of("Observation", "o", secured("PSY")))
		l.want("Observation/o", "mental-health sexual-health safeguarding hiv domestic-abuse")
		// What is hidden now was never to be seen.
		l.put(of("Observation", "late", ""))
		l.put(of("Observation", "late", secured("PSY")))
		if !l.hidden("Observation/late", 1, label.MentalHealth) {
			l.Error("the version before the label is in sight")
		}
	})
}

func reference(to string) string { return `{"reference":"` + to + `"}` }

// What tells of a labelled resource has its labels, in whichever order and in
// however many transactions the two come, and whatever lies between.
func TestAttack35WhatTellsOfHiddenDataIsHidden(t *testing.T) {
	const secret = "mental-health"
	all := []string{
		of("Condition", "c", sctCode("code", depression)),
		`{"resourceType":"Provenance","id":"of-c","target":[` + reference("Condition/c") + `],"recorded":"2026-01-01T00:00:00Z"}`,
		of("List", "l", `"entry":[{"item":`+reference("Condition/c")+`}]`),
		of("Composition", "s", `"section":[{"entry":[`+reference("List/l")+`]}]`),
		of("DocumentReference", "d", `"context":{"related":[`+reference("Composition/s")+`]}`),
		of("DiagnosticReport", "r", `"result":[`+reference("Observation/o")+`]`),
		of("Observation", "o", `"derivedFrom":[`+reference("DocumentReference/d")+`]`),
		`{"resourceType":"Task","id":"t","for":` + reference("Patient/p") + `,"focus":` + reference("Condition/c") + `}`,
		`{"resourceType":"AuditEvent","id":"a","entity":[{"what":` + reference("Condition/c") + `}]}`,
		of("QuestionnaireResponse", "q", `"partOf":[`+reference("Observation/o")+`]`),
		of("Communication", "m", `"basedOn":[`+reference("Task/t")+`]`),
	}
	eachLabelled(t, func(l labelled) {
		l.put(patientP)
		random := rand.New(rand.NewPCG(1, 2))
		for round := range 12 {
			var srcs []string
			for _, src := range all {
				srcs = append(srcs, strings.NewReplacer(`"id":"`, fmt.Sprintf(`"id":"%d-`, round), `"reference":"Patient/p"`, `"reference":"Patient/p"`, `"reference":"`, fmt.Sprintf(`"reference":"~%d-`, round)).Replace(src))
			}
			for i := range srcs { // the ids of what they refer to
				srcs[i] = moveRound(srcs[i])
			}
			random.Shuffle(len(srcs), func(i, j int) { srcs[i], srcs[j] = srcs[j], srcs[i] })
			for len(srcs) > 0 {
				n := 1 + random.IntN(len(srcs))
				l.put(srcs[:n]...)
				srcs = srcs[n:]
			}
			for _, name := range []string{"Condition/c", "Provenance/of-c", "List/l", "Composition/s", "DocumentReference/d", "DiagnosticReport/r", "Observation/o", "Task/t", "AuditEvent/a", "QuestionnaireResponse/q", "Communication/m"} {
				typ, id, _ := strings.Cut(name, "/")
				l.want(fmt.Sprintf("%s/%d-%s", typ, round, id), secret)
			}
		}
		// A label that comes later comes to all of them.
		l.put(of("Condition", "0-c", secured("SDV")))
		l.want("QuestionnaireResponse/0-q", "mental-health safeguarding domestic-abuse")
		l.want("QuestionnaireResponse/1-q", secret)
		// Who somebody is has none of it.
		l.want("Patient/p", "")
	})
}

// moveRound turns ~3-Condition/c into Condition/3-c.
func moveRound(src string) string {
	for {
		i := strings.IndexByte(src, '~')
		if i < 0 {
			return src
		}
		round, rest, _ := strings.Cut(src[i+1:], "-")
		typ, rest, _ := strings.Cut(rest, "/")
		if typ == "Patient" {
			src = src[:i] + typ + "/" + rest
			continue
		}
		src = src[:i] + typ + "/" + round + "-" + rest
	}
}

// What comes from a sensitive service is as sensitive as the service, also
// where it turns out later that the service is one.
func TestWhatComesFromASensitiveService(t *testing.T) {
	eachLabelled(t, func(l labelled) {
		clinic := `{"resourceType":"Organization","id":"clinic","type":[{"coding":[{"system":"http://snomed.info/sct","code":"` + gumClinic + `"}]}]}`
		l.put(patientP, clinic, `{"resourceType":"Organization","id":"other"}`,
			of("Encounter", "e", `"serviceProvider":`+reference("Organization/clinic")),
			of("Observation", "o", `"encounter":`+reference("Encounter/e")),
			of("Observation", "x", `"performer":[`+reference("Organization/other")+`]`))
		l.want("Organization/clinic", "")
		l.want("Encounter/e", "sexual-health")
		l.want("Observation/o", "sexual-health")
		l.want("Observation/x", "")
		l.put(of("Observation", "later", `"encounter":`+reference("Encounter/e")+","+sctCode("code", "111111111")))
		l.want("Observation/later", "sexual-health under-review")
		l.put(strings.Replace(clinic, `"id":"clinic"`, `"id":"other"`, 1))
		l.want("Observation/x", "sexual-health")
		// An illness that is the reason for a visit does not hide all of the visit.
		l.put(of("Condition", "c", sctCode("code", depression)), of("Encounter", "gp", `"diagnosis":[{"condition":`+reference("Condition/c")+`}]`),
			of("Observation", "weight", `"encounter":`+reference("Encounter/gp")))
		l.want("Encounter/gp", "mental-health")
		l.want("Observation/weight", "")
	})
}

// A new kind of code from a sensitive service is hidden first. A judgement
// brings it into sight, or labels it wherever it is.
func TestAttack66ANewKindOfCodeIsHiddenUntilItIsJudged(t *testing.T) {
	eachLabelled(t, func(l labelled) {
		ctx := context.Background()
		fromClinic := `"performer":[` + reference("Organization/clinic") + `],`
		l.put(patientP, `{"resourceType":"Organization","id":"clinic","type":[{"coding":[{"system":"http://snomed.info/sct","code":"`+gumClinic+`"}]}]}`,
			of("Observation", "new", fromClinic+sctCode("code", "111111111")),
			of("Observation", "both", fromClinic+`"code":{"coding":[{"system":"http://snomed.info/sct","code":"111111111"},{"system":"urn:local","code":"zz-1"}]}`),
			of("Observation", "elsewhere", `"code":{"coding":[{"system":"urn:local","code":"zz-1"}]}`))
		for name, want := range map[string]string{"new": "sexual-health under-review", "both": "sexual-health under-review", "elsewhere": ""} {
			l.want("Observation/"+name, want)
		}
		if !l.hidden("Observation/new", 0, label.UnderReview) {
			l.Error("what nobody has judged is in sight")
		}
		waiting, err := l.s.Waiting(ctx)
		if err != nil || len(waiting) != 2 {
			l.Fatal(waiting, err)
		}
		judge := func(system, code string, labels label.Set) {
			j := Judgement{Judged: label.Judged{Code: label.Code{System: system, Code: code}, Labels: labels}, By: "account:1", Why: "looked it up", At: 1}
			if err := l.s.Judge(ctx, j); err != nil {
				l.Fatal(err)
			}
		}
		judge("http://snomed.info/sct", "111111111", 0)
		if by, err := l.s.LabelledBy(ctx); err != nil || by == l.s.LabelVersion() {
			l.Error("it is not known that things have to be labelled anew", by, err)
		}
		l.relabel(2)
		l.want("Observation/new", "sexual-health")
		l.want("Observation/both", "sexual-health under-review")
		judge("urn:local", "zz-1", label.HIV)
		l.put(of("Observation", "at-once", `"code":{"coding":[{"system":"urn:local","code":"zz-1"}]}`))
		l.want("Observation/at-once", "sexual-health hiv")
		l.relabel(1)
		l.want("Observation/both", "sexual-health hiv")
		l.want("Observation/elsewhere", "sexual-health hiv")
		if waiting, err = l.s.Waiting(ctx); err != nil || len(waiting) != 0 {
			l.Error("there still wait", waiting, err)
		}
		done, err := l.s.Judgements(ctx)
		if err != nil || len(done) != 2 || done[0].By != "account:1" || done[0].Why == "" {
			l.Error("judged were", done, err)
		}
		if by, err := l.s.LabelledBy(ctx); err != nil || by != l.s.LabelVersion() {
			l.Error("labelled by", by, err)
		}
	})
}

// relabel labels everything anew, n resources at a time.
func (l labelled) relabel(n int) {
	l.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	for after, done := Row(-1), false; !done; {
		last, ended, err := l.s.Relabel(ctx, after, n, func(*db.Tx, Row) error { return nil })
		if problem.Is(err, problem.Unavailable) && ctx.Err() == nil {
			continue // tests beside this one write on the same server
		}
		if after, done = last, ended; err != nil {
			l.Fatal(err)
		}
	}
}

// Rows from before there were labels get them, earlier versions too, and so
// does what is made from them.
func TestRowsFromBeforeAreLabelled(t *testing.T) {
	eachLabelled(t, func(l labelled) {
		ctx := context.Background()
		l.put(patientP, `{"resourceType":"Provenance","id":"of-c","target":[`+reference("Condition/c")+`],"recorded":"2026-01-01T00:00:00Z"}`,
			of("Condition", "c", sctCode("code", hivCode)), of("Condition", "plain", sctCode("code", ordinary)))
		l.put(of("Condition", "c", ""), of("Condition", "gone", sctCode("code", depression)), of("Condition", "moved", sctCode("code", depression)))
		l.put(strings.Replace(of("Condition", "moved", ""), "Patient/p", "Patient/q", 1))
		if _, err := l.s.Write(ctx, []Draft{l.s.Tombstone(Ref{"Condition", "gone"})}, nil); err != nil {
			l.Fatal(err)
		}
		if err := l.d.Write(ctx, func(tx *db.Tx) error {
			for _, sql := range []string{"UPDATE res SET mask = 0", "UPDATE old SET mask = 0", "UPDATE label_state SET tables = ''"} {
				if _, err := tx.Exec(sql); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			l.Fatal(err)
		}
		if by, err := l.s.LabelledBy(ctx); by != "" || err != nil {
			l.Fatal(by, err)
		}
		l.relabel(1)
		if got := l.labels("Condition/c", 1); got != "sexual-health hiv" {
			l.Errorf("version 1 is %q", got)
		}
		if !l.hidden("Condition/c", 1, label.HIV) {
			l.Error("version 1 is in sight")
		}
		l.put(of("Condition", "c", sctCode("code", hivCode)))
		l.want("Provenance/of-c", "sexual-health hiv")
		l.want("Condition/plain", "")
		l.want("Condition/gone", "mental-health")
		l.want("Condition/moved", "mental-health")
		if !l.hidden("Condition/gone", 1, label.MentalHealth) || !l.hidden("Condition/moved", 1, label.MentalHealth) {
			l.Error("an earlier version is in sight")
		}
		if err := l.s.Rebuild(ctx, func(int64, int64) {}); err != nil {
			l.Fatal(err)
		}
		l.want("Provenance/of-c", "sexual-health hiv")
	})
}

// What a reviewer takes away does not come back with the next copy of the same
// resource, and does come back when somebody labels it anew.
func TestWhatAReviewerTakesAway(t *testing.T) {
	eachLabelled(t, func(l labelled) {
		ctx := context.Background()
		src := of("Condition", "c", sctCode("code", depression))
		l.put(patientP, src)
		d := l.draft(src)
		d.Lower = int64(label.MentalHealth)
		if _, err := l.s.Write(ctx, []Draft{d}, nil); err != nil {
			l.Fatal(err)
		}
		l.want("Condition/c", "")
		if got := l.labels("Condition/c", 1); got != "mental-health" {
			l.Errorf("version 1 is %q", got)
		}
		l.put(src)
		l.want("Condition/c", "")
		l.relabel(10)
		l.want("Condition/c", "")
		l.put(of("Condition", "c", secured("PSY")+","+sctCode("code", depression)))
		l.want("Condition/c", "mental-health")
		l.put(src)
		l.want("Condition/c", "mental-health")
		d = l.draft(src)
		d.Lower = int64(label.MentalHealth)
		if _, err := l.s.Write(ctx, []Draft{d}, nil); err != nil {
			l.Fatal(err)
		}
		l.want("Condition/c", "")
		d = l.draft(src)
		d.Raise = int64(label.MentalHealth)
		if _, err := l.s.Write(ctx, []Draft{d}, nil); err != nil {
			l.Fatal(err)
		}
		l.want("Condition/c", "mental-health")
	})
}

// Every parameter of the table of heirs is a reference parameter of its type.
func TestHeirsExist(t *testing.T) {
	for typ, codes := range derived {
		if !spec.IsResource(typ) {
			t.Errorf("%s is no type", typ)
		}
		for code := range strings.FieldsSeq(codes) {
			if p, ok := search.Base().Lookup(typ, code); !ok || p.Kind != search.Reference {
				t.Errorf("%s has no reference parameter %s", typ, code)
			}
		}
	}
	for code := range strings.FieldsSeq(fromService) {
		used := false
		for _, typ := range spec.Resources() {
			p, ok := search.Base().Lookup(typ, code)
			used = used || ok && p.Kind == search.Reference
		}
		if !used {
			t.Errorf("no type has a reference parameter %s", code)
		}
	}
}
