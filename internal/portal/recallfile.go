package portal

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// recallFile gives the list as a file, to somebody who used their passkey of late:
// it leaves this place with names in it.
func recallFile(v *visit, s subject) error {
	if ok, err := v.need(account.TakeAtWork, recallAt+"?"+v.r.URL.RawQuery); err != nil || !ok {
		return err
	}
	a, _ := v.recallAsk()
	a.After = ""
	all, next, err := v.called(s, a, mostInFile)
	if err != nil {
		return err
	}
	w := v.p.words.Recall
	since := w.Late
	if !a.Overdue {
		since = w.Due
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	lines := [][]string{{w.Name, w.Born, w.Number, w.Vaccine, w.Dose, since, w.Asked}}
	for _, c := range all {
		lines = append(lines, []string{v.calledName(c), c.view.Born.String(), numberIn(c.tree.Root()), c.Vaccine, strconv.Itoa(c.Dose), c.since(a).Format(time.DateOnly), v.askedText(c)})
	}
	if next != "" {
		lines = append(lines, []string{w.Cut})
	}
	for _, line := range lines {
		for i := range line {
			line[i] = noFormula(line[i])
		}
	}
	if err := out.WriteAll(lines); err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="recall-`+v.p.cfg.Now().In(v.p.cfg.Zone).Format(time.DateOnly)+`.csv"`)
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	v.WriteHeader(http.StatusOK)
	_, _ = v.Write(b.Bytes()) // a reader that went away can not be told
	return nil
}

// noFormula keeps a spreadsheet from running what somebody wrote as a name.
func noFormula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
