package db

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/problem"
)

// intsJSON writes a list for SQLite's json_each, which reads whole numbers of 64 bits exactly.
func intsJSON(list []int64) string {
	b := make([]byte, 0, 2+12*len(list))
	b = append(b, '[')
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(append(b, ']'))
}

// textsJSON writes a list of strings. Text that isn't UTF-8 is refused: JSON would change it silently,
// and PostgreSQL refuses it too.
func textsJSON(list []string) (string, error) {
	for _, s := range list {
		if !utf8.ValidString(s) {
			return "[]", problem.New(problem.Invalid, "This text is not valid UTF-8. Send it again as UTF-8.")
		}
	}
	b, err := json.Marshal(list)
	return string(b), err
}
