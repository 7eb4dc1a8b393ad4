package record

import (
	"encoding/json"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// indexSpot is where the indexing of new search parameters has come to.
type indexSpot struct {
	After store.Row
	Done  int64
}

func (p *indexSpot) read(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, p); err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return nil
}

func (p indexSpot) bytes() []byte {
	b, _ := json.Marshal(p) // two numbers always can be written
	return b
}
