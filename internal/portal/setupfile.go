package portal

import "net/http"

// setupFile says how files of other services are brought in: at the command line,
// since a file of a whole service is too big for a browser to send.
func setupFile(v *visit) error {
	return v.show(http.StatusOK, "setupfile", v.p.words.FirstRun.FileTitle, struct{ Back string }{startAt})
}
