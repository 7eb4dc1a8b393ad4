//go:build unix

package crash

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// fill writes people, each with one observation, in one transaction.
func fill(t testing.TB, c *caller, prefix string, people int) {
	t.Helper()
	var entries []string
	for i := range people {
		id := fmt.Sprintf("%s-%d", prefix, i)
		entries = append(entries,
			`{"resource":`+strings.Replace(patient("own", id, ""), `"Patient",`, `"Patient","id":"`+id+`",`, 1)+`,"request":{"method":"PUT","url":"Patient/`+id+`"}}`,
			`{"resource":`+observation("Patient/"+id, id, "")+`,"request":{"method":"POST","url":"Observation"}}`)
	}
	c.want(t, http.StatusOK, "POST", "", strings.NewReader(`{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Join(entries, ",")+`]}`),
		"Prefer", "return=minimal")
}

// Two nodes on one PostgreSQL are one service.
func TestTwoNodesAreOneService(t *testing.T) {
	p := postgres(t).place(t)
	tok := token(t, p)
	one := start(t, p)
	two := start(t, second(t, p))
	a, b := call(t, one, tok, "one"), call(t, two, tok, "two")
	fill(t, a, "n", 30)

	t.Run("a cursor goes on at the other", func(t *testing.T) {
		seen := map[string]bool{}
		at := [2]*caller{a, b}
		path := "Patient?_count=7&_sort=-birthdate"
		for page := 0; path != ""; page++ {
			c := at[page%2]
			found := c.get(t, path).bundle(t)
			for i := range found.Entry {
				if k := found.Entry[i].key(); seen[k] {
					t.Errorf("%s comes twice", k)
				} else {
					seen[k] = true
				}
			}
			path = found.next(c.base)
			if page == 1 { // what is new does not disturb the pages
				fill(t, b, "later", 3)
			}
		}
		if len(seen) != 30 {
			t.Errorf("%d people on all pages, want 30", len(seen))
		}
	})
	t.Run("a write on one is seen on the other", func(t *testing.T) {
		for i := range 20 {
			key := fmt.Sprintf("n-%d", i)
			body := strings.Replace(patient("own", "changed-"+key, ""), `"Patient",`, `"Patient","id":"`+key+`",`, 1)
			w, r := a, b
			if i%2 == 1 {
				w, r = b, a
			}
			r.get(t, "Patient/"+key) // it may keep what it read
			done := w.want(t, http.StatusOK, "PUT", "Patient/"+key, strings.NewReader(body))
			if got := r.get(t, "Patient/"+key); string(got.body) != string(done.body) {
				t.Errorf("the other node still gives %s", got)
			}
			if found := r.get(t, "Patient?identifier=urn:bevan:own|changed-"+key).bundle(t); len(found.Entry) != 1 {
				t.Errorf("the other node finds %d", len(found.Entry))
			}
		}
	})
	t.Run("a token that was taken back is good nowhere", func(t *testing.T) {
		other := token(t, p)
		c := call(t, two, other, "revoked")
		c.get(t, "Patient/n-1")
		id := strings.Split(other, "_")[1]
		must(t, p.args("token", "--revoke", id)...)
		until(t, "the other node refuses the token", func() bool {
			got, err := c.do("GET", "Patient/n-1", nil)
			return err == nil && got.status == http.StatusUnauthorized
		})
	})
	t.Run("a cursor that was tampered with is refused", func(t *testing.T) {
		path := a.get(t, "Patient?_count=2").bundle(t)
		next := path.next(a.base)
		i := strings.Index(next, "_page=") + len("_page=") + 10
		bad := "A"
		if next[i] == 'A' {
			bad = "B"
		}
		b.refused(t, "GET", next[:i]+bad+next[i+1:], nil, http.StatusBadRequest)
	})
}

// The database goes away and returns. Meanwhile every answer is a 503 with a
// sentence; after that everything works again, without a restart.
func TestADatabaseThatGoesAwayAndReturns(t *testing.T) {
	pg := postgres(t)
	for name, leave := range map[string]func(){"stopped": func() { pg.stop(t) }, "killed": pg.kill} {
		t.Run(name, func(t *testing.T) {
			p := postgres(t).place(t)
			n := start(t, p)
			c := call(t, n, token(t, p), name)
			fill(t, c, "p", 3)
			before := c.get(t, "Patient/p-1")
			leave()
			for range 3 {
				c.refused(t, "GET", "Patient/p-1", nil, http.StatusServiceUnavailable)
				c.refused(t, "GET", "Patient?_id=p-1", nil, http.StatusServiceUnavailable)
				c.refused(t, "GET", "_history", nil, http.StatusServiceUnavailable)
				c.refused(t, "POST", "Patient", strings.NewReader(patient("own", "away", "")), http.StatusServiceUnavailable)
			}
			c.get(t, "metadata") // needs no database
			if c.ready() {
				until(t, "the server says that it is not ready", func() bool { return !c.ready() })
			}
			pg.start(t)
			n.alive(t)
			until(t, "the server has its database back", c.ready)
			if after := c.get(t, "Patient/p-1"); string(after.body) != string(before.body) {
				t.Errorf("before %v, after %v", before, after)
			}
			if found := c.get(t, "Patient?identifier=urn:bevan:own|away").bundle(t); len(found.Entry) != 0 {
				t.Error("a write that was refused while the database was away is there")
			}
			c.want(t, http.StatusCreated, "POST", "Patient", strings.NewReader(patient("own", "back", "")))
			verify(t, p)
			n.stop(t)
		})
	}
}
