package patch

import (
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// pointer reads a member of an operation as a JSON Pointer (RFC 6901).
func pointer(op fhir.Node, name string) ([]string, error) {
	n := op.Get(name)
	if n.Kind() != fhir.String {
		return nil, invalid("%s is missing. Write it like /name/0/family.", name)
	}
	text := n.Str()
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, "/")
	if parts[0] != "" {
		return nil, invalid("%s must start with a slash. Write it like /name/0/family.", name)
	}
	parts = parts[1:]
	for i, part := range parts {
		rest := part
		for {
			at := strings.IndexByte(rest, '~')
			if at < 0 {
				break
			}
			if rest = rest[at+1:]; rest == "" || rest[0] != '0' && rest[0] != '1' {
				return nil, invalid("%s has a ~ that stands alone. Write ~0 for ~ and ~1 for a slash within a name.", name)
			}
		}
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts, nil
}

// find follows a pointer from the root.
func (p *patcher) find(path []string) (fhir.Node, error) {
	n := p.root()
	for _, part := range path {
		switch n.Kind() {
		case fhir.Object:
			n = n.Get(part)
		case fhir.Array:
			i, err := index(part)
			if err != nil {
				return fhir.Node{}, err
			}
			n = n.At(i)
		default:
			n = fhir.Node{}
		}
		if !n.Exists() {
			return n, refused("there is nothing at %s. Check the path against the resource as it is now.", clip("/"+strings.Join(path, "/")))
		}
	}
	return n, nil
}

// index reads the place of an item: no sign, no leading zero.
func index(part string) (int, error) {
	i, err := strconv.Atoi(part)
	if err != nil || i < 0 || part != strconv.Itoa(i) {
		return 0, refused("%s is not the number of an item in an array. Count from 0.", clip(part))
	}
	return i, nil
}
