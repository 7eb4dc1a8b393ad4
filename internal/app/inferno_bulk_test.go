package app

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// manifest is what a finished export says.
type manifest struct {
	TransactionTime     string
	Request             string
	RequiresAccessToken bool
	Output, Error       []struct{ Type, URL string }
}

func (k *kit) kickOff(token, at string) *httptest.ResponseRecorder {
	return k.p.fhir("GET", at, token, "", "Accept", "application/fhir+json", "Prefer", "respond-async")
}

// status is where a job's status is.
func status(w *httptest.ResponseRecorder) string {
	u, err := url.Parse(w.Header().Get("Content-Location"))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/fhir")
}

// exported follows an export to its end.
func (k *kit) exported(f *suitetest.Finding, token, at string) manifest {
	var m manifest
	w := k.kickOff(token, at)
	if !f.Want(w.Code == 202 && strings.HasPrefix(w.Header().Get("Content-Location"), "https://"), "%d %v %s", w.Code, w.Header(), w.Body) {
		return m
	}
	job := status(w)
	w = k.p.fhir("GET", job, token, "")
	f.Want(w.Code == 200 || w.Code == 202, "status: %d %s", w.Code, w.Body)
	id, err := strconv.ParseInt(path.Base(job), 10, 64)
	f.Want(err == nil, "%v", err)
	err = k.p.h.queue.Watch(k.t.Context(), id, func(s jobs.Status) bool { return !s.State.Ended() })
	f.Want(err == nil, "%v", err)
	w = k.p.fhir("GET", job, token, "")
	f.Want(w.Code == 200 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json"), "%d %v", w.Code, w.Header())
	err = json.Unmarshal(w.Body.Bytes(), &m)
	_, terr := time.Parse(time.RFC3339, m.TransactionTime)
	f.Want(err == nil && terr == nil && strings.HasSuffix(m.Request, at) && m.Output != nil && m.Error != nil, "%v %v %+v", err, terr, m)
	return m
}

// lines are those of a file of an export.
func (k *kit) lines(f *suitetest.Finding, token, at string) (out []map[string]any) {
	u, err := url.Parse(at)
	f.Want(err == nil, "%v", err)
	w := k.p.fhir("GET", strings.TrimPrefix(u.Path, "/fhir"), token, "", "Accept", "application/fhir+ndjson")
	f.Want(w.Code == 200 && w.Header().Get("Content-Type") == "application/fhir+ndjson", "%s: %d %v", at, w.Code, w.Header())
	for line := range strings.Lines(w.Body.String()) {
		f.Want(valid([]byte(line)) == "", "%s: %s", line, valid([]byte(line)))
		o := map[string]any{}
		f.Want(json.Unmarshal([]byte(line), &o) == nil, "%s", line)
		out = append(out, o)
	}
	return out
}

// patients are the ids of the patients in an export.
func (k *kit) patients(f *suitetest.Finding, token string, m manifest) (out []string) {
	for _, file := range m.Output {
		f.Want(file.Type != "" && strings.HasPrefix(file.URL, "https://"), "%+v", file)
		for _, o := range k.lines(f, token, file.URL) {
			f.Want(o["resourceType"] == file.Type, "a %v in a file of %s", o["resourceType"], file.Type)
			if id, ok := o["id"].(string); ok && file.Type == "Patient" {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return out
}

var exports = []string{"/Group/g/$export", "/Patient/$export", "/$export"}

func (k *kit) bulkChecks() suitetest.Cases {
	token := func() string { return k.p.token("system/*.rs") }
	all := func(f *suitetest.Finding) {
		t := token()
		for _, at := range exports {
			k.exported(f, t, at)
		}
	}
	declared := func(f *suitetest.Finding) {
		var c struct {
			Rest []struct {
				Operation []struct{ Name string }
				Resource  []struct {
					Type      string
					Operation []struct{ Name string }
				}
			}
		}
		err := json.Unmarshal(k.p.fhir("GET", "/metadata", "", "").Body.Bytes(), &c)
		f.Want(err == nil && len(c.Rest) == 1, "%v", err)
		found := map[string]bool{}
		for _, r := range c.Rest {
			for _, o := range r.Operation {
				found["system "+o.Name] = true
			}
			for _, t := range r.Resource {
				for _, o := range t.Operation {
					found[t.Type+" "+o.Name] = true
				}
			}
		}
		for _, where := range []string{"system", "Patient", "Group"} {
			f.Want(found[where+" export"] || found[where+" group-export"] || found[where+" patient-export"], "no export of %s in %v", where, found)
		}
	}
	noToken := func(f *suitetest.Finding) {
		for _, at := range exports {
			w := k.kickOff("", at)
			f.Want(w.Code == 401, "%s: %d %s", at, w.Code, w.Body)
		}
	}
	files := func(f *suitetest.Finding) {
		t := token()
		m := k.exported(f, t, exports[0])
		f.Want(m.RequiresAccessToken && len(m.Output) > 0, "%+v", m)
		for _, file := range m.Output {
			u, err := url.Parse(file.URL)
			f.Want(err == nil, "%v", err)
			w := k.p.fhir("GET", strings.TrimPrefix(u.Path, "/fhir"), "", "")
			f.Want(w.Code == 401, "%s without a token: %d", file.URL, w.Code)
			k.lines(f, t, file.URL)
		}
	}
	two := func(f *suitetest.Finding) {
		t := token()
		for _, at := range exports {
			got := k.patients(f, t, k.exported(f, t, at))
			f.Want(slices.Equal(got, []string{"sam", "tia"}), "%s: %v", at, got)
		}
	}
	cancelled := func(f *suitetest.Finding) {
		t := token()
		w := k.kickOff(t, exports[0])
		job := status(w)
		w = k.p.fhir("DELETE", job, t, "")
		f.Want(w.Code == 202, "%d %s", w.Code, w.Body)
		w = k.p.fhir("GET", job, t, "")
		f.Want(w.Code == 404 && body(w)["resourceType"] == "OperationOutcome", "%d %s", w.Code, w.Body)
	}
	since := func(f *suitetest.Finding) {
		t := token()
		week := url.QueryEscape(time.Now().Add(-7 * 24 * time.Hour).UTC().Format(time.RFC3339))
		got := k.patients(f, t, k.exported(f, t, exports[0]+"?_since="+week))
		f.Want(slices.Equal(got, []string{"sam", "tia"}), "%v", got)
	}
	format := func(f *suitetest.Finding) {
		t := token()
		for _, name := range []string{"application/fhir+ndjson", "application/ndjson", "ndjson"} {
			w := k.kickOff(t, exports[0]+"?_outputFormat="+url.QueryEscape(name))
			f.Want(w.Code == 202, "%s: %d %s", name, w.Code, w.Body)
			k.p.fhir("DELETE", status(w), t, "")
		}
	}
	const g10, checked = "bulk_data_group_export_stu1.", "bulk_data_group_export_validation."
	return suitetest.Cases{
		"bulk_data_export_operation_support": declared,
		g10 + "bulk_data_server_declares_support_for_group_export_operation_in_capabilitystatement": declared,
		"bulk_data_no_auth_reject": noToken,
		g10 + "bulk_data_server_rejects_export_request_without_authorization": noToken,
		"bulk_data_kick_off": all, "bulk_data_status_check": all, "bulk_data_output_check": two, "bulk_data_valid_resources": two, "bulk_data_multiple_patients": two,
		g10 + "bulk_data_server_returns_202_accepted_and_content_location_for_export_operation": all,
		g10 + "bulk_data_server_returns_202_accepted_or_200_ok_for_status_check":                all,
		g10 + "bulk_data_server_returns_output_with_type_and_url_for_status_complete":           two,
		"bulk_data_ndjson_download": files, checked + "ndjson_download_requires_access_token_if_requireaccesstoken_is_true": files,
		checked + "group_export_has_at_least_two_patients":    two,
		checked + "patient_ids_match_those_expected_in_group": two,
		"bulk_data_export_cancel":                             cancelled, "bulk_data_export_cancel_stu2": cancelled, "g10_bulk_export_cancel": cancelled, "bulk_data_poll_cancelled_export": cancelled,
		"since_in_export_response": since, "g10_since_in_export_response": since, "g10_bulk_v2_since_attestation": since, "output_format_in_export_response": format,
	}
}
