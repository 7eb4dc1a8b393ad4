package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A program registers itself with an invitation from the command line, where
// the operator has said so, and nowhere else.
func TestAProgramIsInvited(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		var more []string
		if p.DB != "" {
			more = []string{"--db", p.DB}
		}
		early := bevan(t, p.args("client", "invite")...)
		if early.code != exitOK || !strings.HasPrefix(early.lastLine(), "bevanin_") || !strings.Contains(early.out, "one program may register") {
			t.Fatalf("%+v", early)
		}
		at, _ := serving(t, p.Data, append(more, "--registration", "token")...)
		at = strings.TrimSuffix(at, "/fhir")
		late := bevan(t, p.args("client", "invite", "--uses", "2", "--days", "1")...)
		if late.code != exitOK || !strings.Contains(late.out, "2 programs may register") {
			t.Fatalf("%+v", late)
		}
		const said = `{"client_name":"Step counter","redirect_uris":["https://app.example/back"],"token_endpoint_auth_method":"none"}`
		for token, want := range map[string]int{early.lastLine(): 201, late.lastLine(): 201, "x": 401} {
			r, err := http.NewRequestWithContext(t.Context(), "POST", at+"/oauth/register", strings.NewReader(said))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			err = json.NewDecoder(resp.Body).Decode(&got)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != want || want == 201 && got["client_id"] == nil {
				t.Errorf("%d %v, %v", resp.StatusCode, got, err)
			}
		}
		if list := bevan(t, p.args("client", "list")...); strings.Count(list.out, "registered itself") != 2 {
			t.Errorf("the list says %s", list.out)
		}
		tv := bevan(t, p.args("client", "add", "Evening News", "--device", "--proof", "none", "--scope", "patient/*.rs")...)
		if tv.code != exitOK || !strings.Contains(tv.out, "may ask people for these scopes") {
			t.Errorf("%+v", tv)
		}
		trade := bevan(t, p.args("client", "add", "Family diary", "--exchange", "--proof", "secret", "--redirect", "https://app.example/back", "--scope", "patient/*.rs", "--scope", "act_for_others")...)
		if trade.code != exitOK {
			t.Errorf("%+v", trade)
		}
		if alone := bevan(t, p.args("client", "add", "x", "--exchange", "--proof", "secret", "--scope", "patient/*.rs")...); alone.code == exitOK {
			t.Errorf("%+v", alone)
		}
		if bad := bevan(t, p.args("client", "invite", "--uses", "0")...); bad.code == exitOK || strings.Contains(bad.out, "bevanin_") {
			t.Errorf("%+v", bad)
		}
		if bad := bevan(t, p.args("client", "invite", "--days", "9999999999")...); bad.code == exitOK {
			t.Errorf("%+v", bad)
		}
	})
}
