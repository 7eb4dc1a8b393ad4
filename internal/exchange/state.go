package exchange

import (
	"encoding/json"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/bevanhealth/bevan/internal/problem"
)

// loadState is what Save is given: where to continue, with which files, and
// what was counted. Lots that were written out of their turn are met again
// after a resume and found unchanged, so the counts may then tell a few as
// unchanged that were created.
type loadState struct {
	Sources string `json:"sources"`
	Mark    mark   `json:"mark"`
	Sum     Result `json:"sum"`
}

func (l *loader) state() ([]byte, error) {
	return json.Marshal(loadState{fingerprint(l.sources), l.mark, l.sum})
}

// restore reads a state for the same files; a state of other files is an error,
// since its mark would skip the wrong lines.
func restore(state []byte, sources []source) (Result, mark, error) {
	s := loadState{Sum: Result{Types: map[string]int{}}}
	if len(state) == 0 {
		return s.Sum, mark{}, nil
	}
	err := json.Unmarshal(state, &s)
	switch {
	case err != nil || s.Sum.Types == nil || s.Mark.File < 0 || s.Mark.Line < 0:
		return Result{}, mark{}, problem.Wrap(problem.Invalid, "The notes of the interrupted load can not be read. Start the load from the beginning; what is loaded already stays.", err)
	case s.Sources != fingerprint(sources):
		return Result{}, mark{}, problem.New(problem.Conflict, "The files are not those of the interrupted load. Start the load from the beginning; what is loaded already stays.")
	}
	return s.Sum, s.Mark, nil
}

// fingerprint is one text for a list of files and their sizes.
func fingerprint(sources []source) string {
	h := xxhash.New()
	for i := range sources {
		_, _ = h.WriteString(sources[i].path + "\x00" + strconv.FormatInt(sources[i].size, 10) + "\x00")
	}
	return strconv.FormatUint(h.Sum64(), 16)
}
