package portal

import "net/http"

// front is the page where people land first.
func front(v *visit) error {
	body := struct {
		FHIR   string
		Looked []lookedDay
	}{FHIR: v.p.cfg.FHIR}
	if _, in, err := v.session(); err == nil && in {
		body.Looked = v.lastLooks()
	}
	return v.show(http.StatusOK, "front", v.p.words.Front.Title, body)
}
