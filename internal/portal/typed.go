package portal

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A device without a browser shows a code, which somebody types here (RFC
// 8628). What they then decide about is a request like any other. Somebody may
// have been talked into typing the code of a stranger's device, so they are
// asked twice whether it is their own, and never by way of the code alone
// (section 5.4).

const (
	deviceAt     = "/device"
	deviceDoneAt = deviceAt + "/done"
)

func (v *visit) deviceQuestion() *question {
	w := v.p.words.Device
	f := v.newForm(w.Button, &field{ID: "code", Label: w.Label, Hint: w.Hint, Auto: "off", Code: true, Value: codeShaped(v.r.URL.Query().Get("code"))})
	if v.r.Method == http.MethodPost {
		f.Fields[0].Value = v.typed("code")
	}
	return &question{title: w.Title, text: []string{w.What, w.Warn, w.Stop}, form: f}
}

// codeShaped is a code that the device put into the address, if it looks like
// one: nothing else that stands there is shown.
func codeShaped(text string) string {
	if len(text) > 12 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") != "" {
		return ""
	}
	return text
}

// typeCode asks for the code.
func typeCode(v *visit) error { return v.ask(v.deviceQuestion()) }

// typeCodeFinish takes it, and goes on to asking whose device it is.
func typeCodeFinish(v *visit) error {
	id, err := v.p.cfg.Clients.Typed(v.r.Context(), v.from(), v.typed("code"), v.p.cfg.Origin+deviceDoneAt)
	w := v.p.words.Device
	switch {
	case problem.Is(err, problem.Invalid):
		return v.again(v.deviceQuestion(), "code", problem.Wrap(problem.Invalid, w.NotNow, err))
	case problem.Is(err, problem.TooMany):
		return v.again(v.deviceQuestion(), "", problem.Wrap(problem.TooMany, w.TooMany, err))
	case err != nil:
		return err
	}
	return v.goOn(deviceAt + "/" + id)
}

// from is where the request comes from, as source has it for accounts.
func (v *visit) from() client.Source {
	host, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		return client.Source{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return client.Source{}
	}
	return client.SourceOf(a)
}

// checkDevice asks whether it is their own device.
func checkDevice(v *visit) error {
	id := v.r.PathValue("id")
	name, err := v.p.cfg.Clients.DeviceName(v.r.Context(), id)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "device", v.p.words.Device.CheckTitle, struct{ Name, On, No string }{name, askAt + id, deviceDoneAt + "?answer=no"})
}

// deviceDone says what became of it. Anybody can open it, and it is true of
// nobody in particular.
func deviceDone(v *visit) error {
	w := v.p.words.Device
	if v.r.URL.Query().Get("answer") == "yes" {
		return v.show(http.StatusOK, "devicedone", w.YesTitle, []string{w.YesText, w.YesWhere})
	}
	return v.show(http.StatusOK, "devicedone", w.NoTitle, []string{w.NoText})
}
