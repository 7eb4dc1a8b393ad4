package record

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
)

// Searchable keeps, of some types, those that the session may search: to ask for
// another one is refused. It tells nothing of what is there.
func (s *Session) Searchable(types []string) []string {
	return slices.DeleteFunc(slices.Clone(types), func(t string) bool { return !s.sees(access.Search, t) })
}
