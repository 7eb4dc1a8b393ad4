package recent

import (
	"testing"
	"time"
)

// A row that was read before a revocation and comes back after it must not be
// remembered.
func TestALateRowIsNotRemembered(t *testing.T) {
	var c Rows[string, string]
	at := time.Unix(1_700_000_000, 0)
	_, _, drops := c.Get("a", at)
	c.Drop("a")
	c.Put("a", "row", at, drops)
	if _, known, _ := c.Get("a", at); known {
		t.Error("the row of a revoked token is remembered")
	}
	_, _, drops = c.Get("a", at)
	c.Put("a", "row", at, drops)
	if _, known, _ := c.Get("a", at.Add(believed)); !known {
		t.Error("a row is forgotten too soon")
	}
	if _, known, _ := c.Get("a", at.Add(believed+1)); known {
		t.Error("a row is remembered too long")
	}
	if _, known, _ := c.Get("a", at.Add(-1)); known {
		t.Error("a row from the future is believed, so a clock that was set back keeps a revoked token alive")
	}
	for i := range 3 * most {
		_, _, drops = c.Get("x", at)
		c.Put(string(rune(i)), "row", at, drops)
	}
	if len(c.rows) > most {
		t.Errorf("%d rows are remembered", len(c.rows))
	}
	_, _, drops = c.Get("b", at)
	c.DropAll()
	c.Put("b", "row", at, drops)
	if _, known, _ := c.Get("b", at); known || len(c.rows) > 0 {
		t.Error("something is remembered after all was forgotten")
	}
}
