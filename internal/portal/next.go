package portal

import (
	"net/url"
	"regexp"
)

// afterwards is where people go who came from nowhere in particular.
const afterwards = "/account"

// ours is an address within this site, written so that every browser reads it
// as one: no second slash at the front, no backslash, nothing that a browser
// leaves out.
var ours = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+/?(\?[A-Za-z0-9._~=&%+-]*)?$`)

// maxNext bounds an address to come back to.
const maxNext = 1000

// local is the address where it is one of ours, and the overview otherwise, so
// that nobody is led away by a link that somebody else made.
func local(next string) string {
	if len(next) > maxNext || !ours.MatchString(next) {
		return afterwards
	}
	return next
}

// withNext is a page that goes on to another one.
func withNext(page, next string) string {
	if next = local(next); next == afterwards {
		return page
	}
	return page + "?" + url.Values{"next": {next}}.Encode()
}

// next is where the person wants to go on to.
func (v *visit) next() string {
	if v.r.PostForm.Has("next") {
		return local(v.r.PostForm.Get("next"))
	}
	return local(v.r.URL.Query().Get("next"))
}
