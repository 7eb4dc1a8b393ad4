package portal

import "net/http"

// front is the page where people land first.
func front(v *visit) error {
	return v.show(http.StatusOK, "front", v.p.words.Front.Title, struct{ FHIR string }{v.p.cfg.FHIR})
}
