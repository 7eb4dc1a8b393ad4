package smart

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// Keys that a client gave are protected from corruption: a row that was changed,
// or swapped for another client's, lets nobody in, until the client gets other
// keys (305).
func TestDamagedKeysLetNobodyIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		mine, other := w.register(testKeys().p384, "ES384", nil), w.register(testKeys().ec, "ES384", nil)
		stored := map[string]string{}
		if err := d.Query(t.Context(), "SELECT id, jwks FROM client", nil, func(r *db.Row) error {
			stored[r.Text(0)] = r.Text(1)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		put := func(text string) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE client SET jwks = $1 WHERE id = $2", text, mine.ID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		good := stored[mine.ID]
		mine.token("system/Patient.r")
		last := map[bool]string{true: "B", false: "A"}[strings.HasSuffix(good, "A")]
		for what, text := range map[string]string{"another client's": stored[other.ID], "one letter": good[:len(good)/2] + "~" + good[len(good)/2+1:], "a shorter text": good[:len(good)-8], "the end": good[:len(good)-5] + strings.Repeat(last, 5)} {
			put(text)
			w.post(pathToken, mine.form("system/Patient.r")).want(what, 400, "invalid_client")
			thief := &program{mine.Client, w, testKeys().ec, "ES384", "1"}
			w.post(pathToken, thief.form("system/Patient.r")).want(what+", with the other's key", 400, "invalid_client")
		}
		put(good)
		mine.token("system/Patient.r")
		// A set from before they were sealed still works, and others take its place.
		put(keySet(jwk("1", testKeys().p384)))
		mine.token("system/Patient.r")
		put("damaged")
		if _, err := w.clients.Rotate(t.Context(), mine.ID, keySet(jwk("1", testKeys().ec)), ""); err != nil {
			t.Fatal(err)
		}
		again := &program{mine.Client, w, testKeys().ec, "ES384", "1"}
		again.token("system/Patient.r")
		if cl, _, err := w.clients.Get(t.Context(), mine.ID); err != nil || cl.Proof != client.ByKey || cl.Keys == "" {
			t.Errorf("%+v %v", cl, err)
		}
	})
}
