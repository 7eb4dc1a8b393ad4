package portal

import (
	"net/http"
	"slices"
)

// Whose record it is that somebody wants to see. It is kept nowhere: it goes along
// in the address of the next page, which says other things for each.
const (
	whoseMine  = "mine"
	whoseChild = "child"
	whoseBoth  = "both"
)

// setupWhose asks whose record it is.
func setupWhose(v *visit) error { return v.askWhose(http.StatusOK, "") }

func (v *visit) askWhose(status int, wrong string) error {
	w := v.p.words.FirstRun
	v.form = &form{W: v.p.words, Action: whoseAt, Problem: wrong, Button: w.GoOn}
	return v.show(status, "setupwhose", w.WhoseTitle, struct{ All []tick }{[]tick{
		{ID: "mine", Name: "whose", Value: whoseMine, Label: w.Mine, Hint: w.MineHint},
		{ID: "child", Name: "whose", Value: whoseChild, Label: w.Child, Hint: w.ChildHint},
		{ID: "both", Name: "whose", Value: whoseBoth, Label: w.Both, Hint: w.BothHint},
	}})
}

func setupWhoseFinish(v *visit) error {
	whose := v.typed("whose")
	if !slices.Contains([]string{whoseMine, whoseChild, whoseBoth}, whose) {
		return v.askWhose(http.StatusUnprocessableEntity, v.p.words.FirstRun.WhoseNone)
	}
	return v.goOn(startAt + "?whose=" + whose)
}
