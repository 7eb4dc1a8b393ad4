package portal

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/audit/event"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// mostTaken is how many looks one file holds, the newest ones.
const mostTaken = 20_000

func (v *visit) takeLooksQuestion() *question {
	w := v.p.words.Looked
	f := v.newForm(w.DownloadButton, &field{ID: "as", Label: w.DownloadAs, Options: []option{{"table", w.AsTable}, {"fhir", w.AsFHIR}}})
	f.Cancel = lookedAt
	return &question{title: w.DownloadTitle, text: []string{w.DownloadText}, form: f}
}

// takeLooks asks in which form somebody wants to take the list with them.
func takeLooks(v *visit) error {
	if ok, err := v.need(account.Export, lookedAt+"/download"); err != nil || !ok {
		return err
	}
	return v.ask(v.takeLooksQuestion())
}

// takeLooksFinish sends the file. It is made whole before its first byte leaves,
// and stands in the log by then.
func takeLooksFinish(v *visit) error {
	if ok, err := v.need(account.Export, lookedAt+"/download"); err != nil || !ok {
		return err
	}
	write, kind, name := v.asTable, "text/csv; charset=utf-8", "who-looked.csv"
	switch v.typed("as") {
	case "table":
	case "fhir":
		write, kind, name = v.asEvents, "application/fhir+ndjson", "who-looked.ndjson"
	default:
		return v.again(v.takeLooksQuestion(), "as", problem.New(problem.Invalid, v.p.words.Choosing.NotChosen))
	}
	s, err := v.looker()
	if err != nil {
		return err
	}
	var all []record.Look
	for q := (record.Looking{Count: 1000}); len(all) < mostTaken; {
		page, err := s.Looked(v.r.Context(), q)
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	body, err := write(all)
	if err != nil {
		return err
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.WriteHeader(http.StatusOK)
	_, _ = v.Write(body) // a reader that went away can not be told
	return nil
}

// asTable writes looks as a table (RFC 4180), a line each.
func (v *visit) asTable(all []record.Look) ([]byte, error) {
	var b bytes.Buffer
	out, w := csv.NewWriter(&b), v.p.words.Looked
	_ = out.Write([]string{w.When, w.Who, w.Organisation, w.App, w.Did, w.Why, w.Became, w.Count, w.Allowed, w.Right, w.Request, w.Entry}) // a buffer takes everything
	named := v.naming()
	for i := range all {
		l := &all[i]
		n, err := named(l)
		if err != nil {
			return nil, err
		}
		line := []string{l.At.UTC().Format(time.RFC3339), v.whoText(n), n.Organisation, appOf(n), v.whatText(l), w.Purposes[l.Purpose.String()], v.becameText(l),
			strconv.Itoa(len(l.Returned)), v.ruleText(l.Rule), l.Who.Mandate, l.Request, l.ID}
		for i, cell := range line {
			line[i] = plainCell(cell)
		}
		_ = out.Write(line)
	}
	out.Flush()
	return b.Bytes(), out.Error()
}

// plainCell keeps a spreadsheet from taking a text for a formula: names of
// people and apps are not ours.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// asEvents writes looks as FHIR, an AuditEvent a line.
func (v *visit) asEvents(all []record.Look) ([]byte, error) {
	var b bytes.Buffer
	named := v.naming()
	for i := range all {
		l := &all[i]
		n, err := named(l)
		if err != nil {
			return nil, err
		}
		one := event.Event{ID: l.ID, Base: v.p.cfg.Base, Patient: recordID(v.s.Record), Entry: &l.Entry, Who: n.Agent()}
		line, err := one.JSON()
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// lastLooks are the newest looks by others, for the first page. Where they can
// not be had the page goes without: it is not what people came for.
func (v *visit) lastLooks() (days []lookedDay, known bool) {
	if v.p.cfg.Names == nil || v.p.cfg.Open == nil || v.lacksRecord() != account.NeedNothing {
		return nil, false
	}
	f, err := v.ownFolder()
	if err != nil {
		return nil, false
	}
	s, ok := f.Records.(interface{ Beside() *record.Session })
	if !ok {
		return nil, false
	}
	page, err := s.Beside().Looked(v.r.Context(), record.Looking{Others: true, Count: 3})
	if err != nil {
		return nil, false
	}
	days, err = v.lookedDays(page.Items)
	if err != nil {
		return nil, false
	}
	return days, true
}
