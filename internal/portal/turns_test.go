package portal

import (
	"net/http"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// How many round trips to the database a page makes, which is what it costs where
// the database is another machine.
func TestPagesAskTheDatabaseFewTimes(t *testing.T) {
	to, turns := dbtest.Turns(t)
	d, err := db.Open(t.Context(), db.Config{URL: to, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	s := open(t, d, origin)
	s.setUp()
	gwen := s.linked("Gwen", "gwen")
	s.tested("gwen")
	for at, most := range map[string]int64{"/account/results": 3, "/": 18, "/record/timeline": 10, "/record/results": 11, "/record/looked": 6} {
		gwen.get(at)
		before := turns()
		if a := gwen.get(at); a.Code != http.StatusOK {
			t.Fatal(at, a.Code)
		}
		if n := turns() - before; n > most {
			t.Errorf("%s makes %d round trips, and %d are allowed", at, n, most)
		}
	}
}
