package smart

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// crossOrigin are the endpoints that the script of an app may use from any
// origin (SMART 2.2, "CORS support"): none of them looks at a cookie, so a page
// that calls them has what it proves itself by, or gets nothing. The
// authorization endpoint is not among them (RFC 9700 section 2.6).
var crossOrigin = map[string]bool{pathToken: true, pathRevoke: true, pathUserinfo: true, pathIntrospect: true}

// cross sets the headers for a page's request, and is true when that was all
// there was to do: the question before the request (WHATWG Fetch, a preflight).
func (s *Server) cross(w http.ResponseWriter, r *http.Request, methods map[string]func(*call) error) bool {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "DPoP-Nonce, WWW-Authenticate, X-Request-Id")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(slices.Sorted(maps.Keys(methods)), ", "))
	h.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, DPoP")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
