package fhirapi

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// maxSegments is the length of the longest path in the table.
const maxSegments = 5

// router finds routes by the number of their segments first, so that the
// common requests are compared with few lines.
type router struct {
	byLength [maxSegments + 1][]compiled
}

type compiled struct {
	route
	segments []string
}

// place is what a path named.
type place struct {
	typ, id, vid, sub, name string
}

func newRouter(routes []route) *router {
	rt := &router{}
	for _, r := range routes {
		var segments []string
		if r.path != "" {
			segments = strings.Split(r.path, "/")
		}
		n := len(segments)
		rt.byLength[n] = append(rt.byLength[n], compiled{r, segments})
	}
	return rt
}

// find returns the route for a path relative to the FHIR base. When the path
// is known and the method is not, allow lists the methods that it has.
func (rt *router) find(method, path string) (r *compiled, p place, allow []string) {
	var buf [maxSegments]string
	segments, ok := split(buf[:0], path)
	if !ok {
		return nil, p, nil
	}
	lines := rt.byLength[len(segments)]
	for i := range lines {
		c := &lines[i]
		if c.method != method {
			continue
		}
		if at, ok := c.fit(segments); ok {
			return c, at, nil
		}
	}
	for i := range lines {
		if _, ok := lines[i].fit(segments); ok && !slices.Contains(allow, lines[i].method) {
			allow = append(allow, lines[i].method)
		}
	}
	if slices.Contains(allow, "GET") {
		allow = append(allow, "HEAD")
	}
	return nil, p, allow
}

// split cuts a path at its slashes; one slash at either end is passed over.
func split(dst []string, path string) ([]string, bool) {
	path = strings.TrimPrefix(path, "/")
	path = strings.TrimSuffix(path, "/")
	for path != "" {
		if len(dst) == maxSegments {
			return nil, false
		}
		head, rest, more := strings.Cut(path, "/")
		if head == "" || more && rest == "" {
			return nil, false
		}
		dst = append(dst, head)
		path = rest
	}
	return dst, true
}

func (c *compiled) fit(segments []string) (place, bool) {
	var p place
	for i, want := range c.segments {
		have := segments[i]
		switch want {
		case "{type}":
			if !spec.IsResource(have) {
				return p, false
			}
			p.typ = have
		case "{id}":
			if !fhir.ValidID(have) {
				return p, false
			}
			p.id = have
		case "{vid}":
			if !fhir.ValidID(have) {
				return p, false
			}
			p.vid = have
		case "{sub}":
			if have != "*" && !spec.IsResource(have) {
				return p, false
			}
			p.sub = have
		case "{name}":
			p.name = have
		default:
			if want != have {
				return p, false
			}
			if i == 0 && spec.IsResource(want) {
				p.typ = want
			}
		}
	}
	return p, true
}
