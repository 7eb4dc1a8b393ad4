package exchange

import (
	"encoding/json"
	"strconv"

	"github.com/cespare/xxhash/v2"
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

// restore reads a state. One that can not be read, or that is about other
// files, is not used: its mark would skip the wrong lines, and to begin at the
// beginning costs time only, since what is loaded already stays unchanged.
func restore(state []byte, sources []source) (Result, mark) {
	var s loadState
	if err := json.Unmarshal(state, &s); err != nil || s.Sources != fingerprint(sources) ||
		s.Sum.Types == nil || s.Mark.File < 0 || s.Mark.Line < 0 {
		return Result{Types: map[string]int{}}, mark{}
	}
	return s.Sum, s.Mark
}

// fingerprint is one text for a list of files and their sizes.
func fingerprint(sources []source) string {
	h := xxhash.New()
	for i := range sources {
		_, _ = h.WriteString(sources[i].path + "\x00" + strconv.FormatInt(sources[i].size, 10) + "\x00")
	}
	return strconv.FormatUint(h.Sum64(), 16)
}
